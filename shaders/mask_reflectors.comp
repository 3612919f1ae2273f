// U_ij = 0 for j < i mod per_set: writes the structural zeros of m reflectors, a row each.
//
// Buffers
//   U   out   m × n, sets of per_set ≤ n reflectors below each other, row i at off_u + i·stride_u; nothing else is written
//
// Work groups: one invocation an element of the first per_set columns, folded
// over x and y; local size local_size_x. m·per_set < 2³².
//
// Precision: exact.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) writeonly buffer U { float u[]; };

layout(push_constant) uniform Push {
    uint m;
    uint per_set;
    uint stride_u;
    uint off_u;
};

void main() {
    uint item = foldedItem();
    uint i = item / per_set, j = item - i * per_set;
    if (i < m && j < i % per_set) u[off_u + i * stride_u + j] = 0.0;
}
