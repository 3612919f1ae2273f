// C = φ( (α·Σ_s P_s)·diag(Scale) + β·C + 1·Bias ) + diag(Diag): adds the shares of a matrix product that gemm left in scratch memory.
//
// Buffers
//   P      in     product p's share s is the matrix number p·splits + s, M × N, rows of ldp words, stride_p words each
//   Scale  in     1 × N, read with HAS_SCALE
//   Bias   in     1 × N, read with HAS_BIAS
//   Diag   in     1 × min(M, N), read with HAS_DIAG
//   C      inout  M × N, row i at off_c + i·ldc, product p lies p·stride_c words further; read with HAS_BETA only
//   In a repetition of batches p counts the products of all items: another ⌊p/batch⌋ times jump_c, and step_scale, step_bias,
//   step_diag for the vectors.
//
// Work groups: x counts blocks of local_size_x columns, y is the row (in steps of the grid), z the product. An invocation makes one element.
//
// Precision: fp32; shares are added in ascending order.
#version 450

layout(local_size_x = 64, local_size_x_id = 0) in;

layout(set = 0, binding = 0) readonly buffer P { float p[]; };
layout(set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) buffer C { float c[]; };
layout(set = 0, binding = 4) readonly buffer Diag { float diag[]; };

layout(push_constant) uniform Push {
    uint m, n;
    uint splits;
    uint ldp, ldc;
    uint stride_p, stride_c;
    float alpha, beta, slope;
    uint batch, jump_c, step_scale, step_bias, step_diag;
    uint off_p, off_scale, off_bias, off_diag, off_c;
} push;

#include "gemm_epilogue.glsl"

void main() {
    uint col = gl_GlobalInvocationID.x, product = gl_WorkGroupID.z;
    if (col >= push.n) return;
    uint item = product / push.batch;
    uint at_scale = push.off_scale + item * push.step_scale, at_bias = push.off_bias + item * push.step_bias, at_diag = push.off_diag + item * push.step_diag;
    for (uint row = gl_WorkGroupID.y; row < push.m; row += gl_NumWorkGroups.y) {
        uint at = push.off_p + product * push.splits * push.stride_p + row * push.ldp + col;
        float v = 0.0;
        for (uint s = 0; s < push.splits; s++, at += push.stride_p) v += p[at];
        uint to = push.off_c + product * push.stride_c + item * push.jump_c + row * push.ldc + col;
        v = finish(v, HAS_BETA ? c[to] : 0.0, HAS_SCALE ? scale[at_scale + col] : 1.0, HAS_BIAS ? bias[at_bias + col] : 0.0);
        if (HAS_DIAG && col == row) v += diag[at_diag + row];
        if (HALF_DIAG && col == row) v *= 0.5;
        c[to] = UPPER && col < row ? 0.0 : v;
    }
}
