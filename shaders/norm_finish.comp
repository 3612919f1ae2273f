// OUT = (‖X‖, 1 if every element is finite else 0) from the sums that norm.comp leaves.
//
// Buffers
//   PART  in    count sums (squares.glsl)
//   OUT   out   1 × 2
//
// Work groups: one; local size local_size_x, a power of two.
//
// Precision: fp32; an invocation adds every local_size_x-th sum, then a tree.
#version 450
#include "squares.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

layout(set = 0, binding = 0) readonly buffer PART { vec4 part[]; };
layout(set = 0, binding = 1) writeonly buffer OUT { float result[]; };

layout(push_constant) uniform Push {
    uint count;
    uint off_part;
    uint off_out;
};

shared vec4 tree[gl_WorkGroupSize.x];

void main() {
    uint lane = gl_LocalInvocationIndex;
    vec4 sum = vec4(0.0);
    for (uint i = lane; i < count; i += gl_WorkGroupSize.x) sum += part[off_part + i];
    tree[lane] = sum;
    for (uint half_size = gl_WorkGroupSize.x >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) tree[lane] += tree[lane + half_size];
    }
    if (lane == 0u) {
        result[off_out] = rootOfSquares(tree[0]);
        result[off_out + 1u] = tree[0].w == 0.0 ? 1.0 : 0.0;
    }
}
