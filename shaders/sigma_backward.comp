// DS = ( DSIGMA + α Σ_i A_ij B_ij ) · dσ/ds: 2r·sigmoid(s)(1 − sigmoid(s)), or σ*·exp(s), times the gradient of σ.
//
// Zhang, Lei & Dhillon 2018, section 3.2. Buffers
//   DSIGMA  in    n elements, stride_dsigma words apart; read if HAS_DSIGMA, else zeros
//   A, B    in    rows × n, row i at off_a + i·stride_a; read if HAS_SUMS
//   S       in    1 × n
//   DS      out   1 × n. May be DSIGMA.
//
// POSITIVE chooses the derivative of σ*·exp(s).
//
// Work groups: folded over x and y, over blocks of local_size_x columns, or of 4·local_size_x with WIDE; local_size_y, a power of
// two, is how many rows are read side by side; z is the item of a repetition, whose operands begin z·step_dsigma … further.
// WIDE: n, strides, steps and offsets of A and B are multiples of four elements.
//
// Precision: sigmoid(s)(1 − sigmoid(s)) = e/(1+e)² with e = exp(−|s|): no cancellation, for any s. Sums run over every
// local_size_y-th row in rising order, then over those sums in a tree.
#version 450
#include "numbers.glsl"

layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(local_size_x = 32, local_size_y = 8) in;

#include "fold.glsl"
#include "repeat.glsl"

layout(constant_id = 2) const bool POSITIVE = false;
layout(constant_id = 3) const bool WIDE = false;
layout(constant_id = 4) const bool HAS_DSIGMA = true;
layout(constant_id = 5) const bool HAS_SUMS = false;

layout(set = 0, binding = 0) readonly buffer DSIGMA { float dsigma[]; };
layout(set = 0, binding = 1) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 2) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) readonly buffer B4 { vec4 b4[]; };
layout(set = 0, binding = 3) readonly buffer S { float s[]; };
layout(set = 0, binding = 4) writeonly buffer DS { float ds[]; };

layout(push_constant) uniform Push {
    uint n;
    uint rows;
    uint stride_dsigma, stride_a, stride_b;
    uint off_dsigma, off_a, off_b, off_s, off_ds;
    float alpha;
    float center;
    float radius;
    uint step_dsigma;
    uint step_a;
    uint step_b;
    uint step_s;
    uint step_ds;
};

shared vec4 part[HAS_SUMS ? gl_WorkGroupSize.x * gl_WorkGroupSize.y : 1];

// term returns the products of four columns, or of one in x.
vec4 term(uint row, uint col) {
    uint at_a = item(off_a, step_a) + row * stride_a + col, at_b = item(off_b, step_b) + row * stride_b + col;
    if (WIDE) return a4[at_a / 4u] * b4[at_b / 4u];
    return vec4(a[at_a] * b[at_b], 0.0, 0.0, 0.0);
}

// slope returns dσ/ds.
float slope(float v) {
    if (POSITIVE) return center * expAccurate(v);
    float e = expAccurate(-abs(v));
    return 2.0 * radius * (e / ((1.0 + e) * (1.0 + e)));
}

void main() {
    const uint width = gl_WorkGroupSize.x, lanes = gl_WorkGroupSize.y, per = WIDE ? 4u : 1u;
    uint lane = gl_LocalInvocationID.y, at = gl_LocalInvocationIndex;
    uint col = per * (foldedGroup() * width + gl_LocalInvocationID.x);
    vec4 total = vec4(0.0);
    if (HAS_SUMS) {
        vec4 sum = vec4(0.0);
        if (col < n) {
            for (uint row = lane; row < rows; row += lanes) sum += term(row, col);
        }
        part[at] = sum;
        for (uint half_size = lanes >> 1; half_size > 0u; half_size >>= 1) {
            barrier();
            if (lane < half_size) part[at] += part[at + half_size * width];
        }
        total = alpha * part[at];
    }
    if (lane > 0u || col >= n) return;
    for (uint c = 0u; c < per; c++) {
        float v = total[c];
        if (HAS_DSIGMA) v += dsigma[item(off_dsigma, step_dsigma) + (col + c) * stride_dsigma];
        ds[item(off_ds, step_ds) + col + c] = v * slope(s[item(off_s, step_s) + col + c]);
    }
}
