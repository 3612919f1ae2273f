// U = MΣ − ΣMᵀ and V = MᵀΣ − ΣM for Σ = diag(SIGMA): what the gradient of an SVD is to its two orthogonal factors.
//
// Buffers
//   M      in    n × n, row i at off_m + i·stride_m
//   SIGMA  in    1 × n
//   U      out   n × n, row i at off_u + i·stride_u
//   V      out   n × n, row i at off_v + i·stride_v
//
// Work groups: one a 32 × 32 tile, ⌈n/32⌉ tiles a row of tiles, folded over x and y;
// z is the item of a repetition, whose operands begin z·step_m … further; 32 × 8 invocations. The tile across the diagonal passes through shared memory, so
// that all sides are read and written along rows; its rows are padded against bank
// conflicts.
//
// Precision: fp32, two products and a difference.
#version 450

const uint TILE = 32;

layout(local_size_x = 32, local_size_y = 8) in;

#include "fold.glsl"
#include "repeat.glsl"

layout(set = 0, binding = 0) readonly buffer M { float m[]; };
layout(set = 0, binding = 1) readonly buffer SIGMA { float sigma[]; };
layout(set = 0, binding = 2) writeonly buffer U { float u[]; };
layout(set = 0, binding = 3) writeonly buffer V { float v[]; };

layout(push_constant) uniform Push {
    uint n;
    uint stride_m, stride_u, stride_v;
    uint off_m, off_sigma, off_u, off_v;
    uint step_m;
    uint step_sigma;
    uint step_u;
    uint step_v;
};

shared float tile[TILE][TILE + 1];

void main() {
    uint tiles = (n + TILE - 1) / TILE;
    uint group = foldedGroup();
    uint row = group / tiles * TILE, col = group % tiles * TILE;
    uint lane = gl_LocalInvocationID.x;
    for (uint i = gl_LocalInvocationID.y; i < TILE; i += gl_WorkGroupSize.y) {
        if (col + i < n && row + lane < n) tile[i][lane] = m[item(off_m, step_m) + (col + i) * stride_m + row + lane];
    }
    barrier();
    if (col + lane >= n) return;
    float right = sigma[item(off_sigma, step_sigma) + col + lane];
    for (uint i = gl_LocalInvocationID.y; i < TILE; i += gl_WorkGroupSize.y) {
        if (row + i >= n) return;
        float left = sigma[item(off_sigma, step_sigma) + row + i];
        float x = m[item(off_m, step_m) + (row + i) * stride_m + col + lane], across = tile[lane][i];
        u[item(off_u, step_u) + (row + i) * stride_u + col + lane] = x * right - left * across;
        v[item(off_v, step_v) + (row + i) * stride_v + col + lane] = across * right - left * x;
    }
}
