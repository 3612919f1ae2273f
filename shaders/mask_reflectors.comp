// U_ij = 0 for j < i mod per_set: writes the structural zeros of m reflectors, a row each.
//
// Buffers
//   U   out   m × n, sets of per_set ≤ n reflectors below each other, row i at off_u + i·stride_u; nothing else is written
//
// Work groups: one invocation four neighbouring elements of the first per_set
// columns, folded over x and y; local size local_size_x. m·⌈per_set/4⌉ < 2³².
// VEC says that rows of U begin at multiples of 4 words.
//
// Precision: exact.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(local_size_x = 256, local_size_x_id = 0) in;
layout(constant_id = 1) const bool VEC = false;

#include "fold.glsl"
#include "quad.glsl"

layout(set = 0, binding = 0) writeonly buffer U { float u[]; };
layout(set = 0, binding = 0) writeonly buffer U4 { QUAD u4[]; };

layout(push_constant) uniform Push {
    uint m;
    uint per_set;
    uint stride_u;
    uint off_u;
};

void main() {
    uint item = foldedItem(), quads = (per_set + 3u) / 4u;
    uint i = item / quads, j = 4u * (item - i * quads);
    if (i >= m) return;
    uint zeros = i % per_set, at = off_u + i * stride_u + j;
    if (VEC && j + 4u <= zeros) {
        u4[at / 4u] = toQuad(vec4(0.0));
        return;
    }
    [[unroll]] for (uint e = 0u; e < 4u; e++) {
        if (j + e < zeros) u[at + e] = 0.0;
    }
}
