// Y = Q X or Qᵀ X row by row: a product of Householder reflectors, one reflection at a time.
//
//   h ← h − f (vᵀh) v,  v = s u_j,  f = 2/‖v‖²  (Zhang, Lei & Dhillon 2018, algorithm 1)
//
// for j = m−1 … 0 (Q = H_0 H_1 … H_{m−1} applied to h), or j = 0 … m−1 if TRANSPOSE.
//
// Buffers
//   X       in    batch × n, row i at off_x + i·stride_x
//   U       in    m × n, row j at off_u + j·stride_u; the first j elements of row j
//                 count as zero whatever they hold
//   FACTOR  in    m × (s, f) of reflect_factor.comp; f = 0 is the identity
//   Y       out   batch × n, row i at off_y + i·stride_y. May be X.
//
// Work groups: one a ROWS rows, folded over x and y; see reflector.glsl.
//
// Precision: fp32; vᵀh: an invocation's elements in rising order, then
// addOverLanes.
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x = 64, local_size_x_id = 0) in;

#include "fold.glsl"

#define SUMS_OF_A_ROW 1u
#include "reflector.glsl"

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) readonly buffer U { float u[]; };
layout(set = 0, binding = 2) readonly buffer FACTOR { vec2 factor[]; };
layout(set = 0, binding = 3) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint batch;
    uint n;
    uint m;
    uint stride_x;
    uint stride_u;
    uint stride_y;
    uint off_x;
    uint off_u;
    uint off_factor;
    uint off_y;
};

void main() {
    const uint lanes = gl_WorkGroupSize.x;
    uint lane = gl_LocalInvocationIndex, first = foldedGroup() * ROWS;
    if (first >= batch) return; // the whole work group

    float h[ROWS * ELEMS];
    [[unroll]] for (uint r = 0u; r < ROWS; r++) {
        [[unroll]] for (uint e = 0u; e < ELEMS; e++) {
            uint i = lane + e * lanes;
            h[r * ELEMS + e] = inRow(e, i, n) && first + r < batch ? x[off_x + (first + r) * stride_x + i] : 0.0;
        }
    }
    for (uint step = 0u; step < m; step++) {
        uint j = TRANSPOSE ? step : m - 1u - step;
        vec2 f = factor[off_factor + j];
        if (f.y == 0.0) continue; // the whole work group
        float v[ELEMS];
        [[unroll]] for (uint e = 0u; e < ELEMS; e++) {
            uint i = lane + e * lanes;
            v[e] = i >= j && inRow(e, i, n) ? f.x * u[off_u + j * stride_u + i] : 0.0;
        }
        float sums[SUMS];
        [[unroll]] for (uint r = 0u; r < ROWS; r++) {
            sums[r] = 0.0;
            [[unroll]] for (uint e = 0u; e < ELEMS; e++) sums[r] += v[e] * h[r * ELEMS + e];
        }
        addOverLanes(sums);
        [[unroll]] for (uint r = 0u; r < ROWS; r++) {
            float c = f.y * sums[r];
            [[unroll]] for (uint e = 0u; e < ELEMS; e++) h[r * ELEMS + e] -= c * v[e];
        }
    }
    [[unroll]] for (uint r = 0u; r < ROWS; r++) {
        [[unroll]] for (uint e = 0u; e < ELEMS; e++) {
            uint i = lane + e * lanes;
            if (inRow(e, i, n) && first + r < batch) y[off_y + (first + r) * stride_y + i] = h[r * ELEMS + e];
        }
    }
}
