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
layout(set = 0, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 1) readonly buffer U { float u[]; };
layout(set = 0, binding = 1) readonly buffer U4 { vec4 u4[]; };
layout(set = 0, binding = 2) readonly buffer FACTOR { vec2 factor[]; };
layout(set = 0, binding = 3) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 3) writeonly buffer Y4 { vec4 y4[]; };

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

// LOAD returns elements i … i + 3 of a row of the buffer, or element i in x.
#define LOAD(buf, at) (WIDE ? buf##4[(at) / 4u] : vec4(buf[at], 0.0, 0.0, 0.0))

void main() {
    uint first = foldedGroup() * ROWS;
    if (first >= batch) return; // the whole work group

    float h[ROWS * ELEMS];
    [[unroll]] for (uint r = 0u; r < ROWS; r++) {
        [[unroll]] for (uint e = 0u; e < ELEMS; e += STEP) {
            uint i = column(e);
            vec4 t = vec4(0.0);
            if (inRow(e, i, n) && first + r < batch) t = LOAD(x, off_x + (first + r) * stride_x + i);
            [[unroll]] for (uint c = 0u; c < STEP; c++) h[r * ELEMS + e + c] = t[c];
        }
    }
    for (uint step = 0u; step < m; step++) {
        uint j = TRANSPOSE ? step : m - 1u - step;
        vec2 f = factor[off_factor + j];
        if (f.y == 0.0) continue; // the whole work group
        float v[ELEMS];
        [[unroll]] for (uint e = 0u; e < ELEMS; e += STEP) {
            uint i = column(e);
            vec4 t = vec4(0.0);
            if (inRow(e, i, n)) t = f.x * LOAD(u, off_u + j * stride_u + i);
            [[unroll]] for (uint c = 0u; c < STEP; c++) v[e + c] = i + c >= j ? t[c] : 0.0;
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
        [[unroll]] for (uint e = 0u; e < ELEMS; e += STEP) {
            uint i = column(e), to = off_y + (first + r) * stride_y + i;
            if (inRow(e, i, n) && first + r < batch) {
                vec4 t = vec4(0.0);
                [[unroll]] for (uint c = 0u; c < STEP; c++) t[c] = h[r * ELEMS + e + c];
                if (WIDE) {
                    y4[to / 4u] = t;
                } else {
                    y[to] = t.x;
                }
            }
        }
    }
}
