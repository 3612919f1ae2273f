// The epilogue of a matrix product: v → φ( α·v·scale + β·c + bias ), one element or four columns at a time. The kernel declares
// the push constants alpha, beta and slope before it includes this.

#ifndef GEMM_EPILOGUE_GLSL
#define GEMM_EPILOGUE_GLSL

#include "activation.glsl"

layout(constant_id = 16) const uint ACT = 0;
layout(constant_id = 17) const bool HAS_SCALE = false;
layout(constant_id = 18) const bool HAS_BIAS = false;
layout(constant_id = 19) const bool HAS_BETA = false;
layout(constant_id = 20) const bool HAS_DIAG = false;
layout(constant_id = 21) const bool UPPER = false; // zeros are written left of the diagonal of C
layout(constant_id = 22) const bool HALF_DIAG = false; // the diagonal of C is halved at the end

// finish applies the epilogue to the sum v at column col, with c the value of C there (ignored without HAS_BETA).
float finish(float v, float c, float scale, float bias) {
    v *= push.alpha;
    if (HAS_SCALE) v *= scale;
    if (HAS_BETA) v = fma(push.beta, c, v);
    if (HAS_BIAS) v += bias;
    return activate(v, ACT, push.slope);
}

#endif
