// Sums of squares of the pieces of a matrix, the first half of ‖X‖; or all of it, if there is one piece.
//
// Buffers
//   X     in    rows × cols, row i at off_x + i·stride_x
//   PART  out   one vec4 a work group: squares of big, middle and small elements,
//               and the number of elements that are not finite (squares.glsl);
//               written unless ALONE
//   OUT   out   (‖X‖, 1 if every element is finite else 0); written if ALONE
//
// Work groups: one a piece of `piece` spans of one or four elements (window.glsl:
// FLAT, WIDE); local size local_size_x, a power of two.
//
// Precision: fp32; an invocation adds every local_size_x-th span of the piece, then
// the work group adds in a tree.
#version 450
#extension GL_EXT_control_flow_attributes : require
#include "window.glsl"
#include "squares.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

layout(constant_id = 3) const bool ALONE = false; // one work group

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 1) writeonly buffer PART { vec4 part[]; };
layout(set = 0, binding = 2) writeonly buffer OUT { float result[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint piece;
    uint off_x;
    uint off_part;
    uint off_out;
};

shared vec4 tree[gl_WorkGroupSize.x];

void main() {
    uint lane = gl_LocalInvocationIndex;
    uint end = (gl_WorkGroupID.x + 1u) * piece;
    vec4 sum = vec4(0.0);
    for (uint item = gl_WorkGroupID.x * piece + lane; item < end; item += gl_WorkGroupSize.x) {
        Span span = spanOf(item, rows, cols);
        uint from = off_x + span.row * stride_x;
        if (span.whole) {
            vec4 v = x4[(from + span.col) / 4u];
            [[unroll]] for (uint c = 0u; c < 4u; c++) addSquare(sum, v[c]);
        } else {
            for (; span.col < span.end; span.col++) addSquare(sum, x[from + span.col]);
        }
    }
    tree[lane] = sum;
    for (uint half_size = gl_WorkGroupSize.x >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) tree[lane] += tree[lane + half_size];
    }
    if (lane > 0u) return;
    if (ALONE) {
        result[off_out] = rootOfSquares(tree[0]);
        result[off_out + 1u] = tree[0].w == 0.0 ? 1.0 : 0.0;
    } else {
        part[off_part + gl_WorkGroupID.x] = tree[0];
    }
}
