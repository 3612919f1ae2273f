// The end of a matrix product: four elements of a row of C are finished and stored. The kernel declares the constants SPLIT and C_VEC and the
// push constants n, ldc, alpha, beta and slope before it includes this, and sets base_scale, base_bias and base_diag.

#ifndef GEMM_STORE_GLSL
#define GEMM_STORE_GLSL

#include "quad.glsl"
#include "gemm_epilogue.glsl"

layout(set = 0, binding = 2) readonly buffer Scale { float scale[]; };
layout(set = 0, binding = 3) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 5) readonly buffer Diag { float diag[]; };
layout(set = 0, binding = 4) buffer C { float c[]; };
layout(set = 0, binding = 4) buffer C4 { QUAD c4[]; };

uint base_scale, base_bias, base_diag;

// store writes v to row row of the matrix at base_c, its elements apart columns from each other from column col on: 1 with C_VEC. With SPLIT
// they are plain sums.
void store(uint base_c, uint row, uint col, uint apart, vec4 v) {
    uint at = base_c + row * push.ldc;
    if (C_VEC) {
        if (col >= push.n) return;
        vec4 old = HAS_BETA && !SPLIT ? fromQuad(c4[(at + col) / 4]) : vec4(0.0);
        if (!SPLIT) {
            [[unroll]] for (uint e = 0; e < 4; e++) {
                v[e] = finish(v[e], old[e], HAS_SCALE ? scale[base_scale + col + e] : 1.0, HAS_BIAS ? bias[base_bias + col + e] : 0.0);
                if (UPPER && col + e < row) v[e] = 0.0;
                if (HAS_DIAG && col + e == row) v[e] += diag[base_diag + row];
                if (HALF_DIAG && col + e == row) v[e] *= 0.5;
            }
        }
        c4[(at + col) / 4] = toQuad(v);
        return;
    }
    [[unroll]] for (uint e = 0; e < 4; e++) {
        uint own = col + e * apart;
        if (own >= push.n) continue;
        if (!SPLIT) {
            v[e] = finish(v[e], HAS_BETA ? c[at + own] : 0.0, HAS_SCALE ? scale[base_scale + own] : 1.0, HAS_BIAS ? bias[base_bias + own] : 0.0);
            if (UPPER && own < row) v[e] = 0.0;
            if (HAS_DIAG && own == row) v[e] += diag[base_diag + row];
            if (HALF_DIAG && own == row) v[e] *= 0.5;
        }
        c[at + own] = v[e];
    }
}

#endif
