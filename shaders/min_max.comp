// The smallest and the largest element of every piece of a matrix, NaN where there is one.
//
// Buffers
//   X    in    rows × cols, row i at off_x + i·stride_x
//   OUT  out   (min, max) of piece p at off_out + 2p
//
// A large matrix takes two launches: the pieces into scratch memory, then that as
// one piece (the least of all is the least of the minima, which are among them).
//
// Work groups: one a piece of `piece` spans of one or four elements (window.glsl:
// FLAT, WIDE); local size local_size_x, a power of two.
//
// Precision: exact. NaN is told by its bits, never by a comparison.
#version 450
#extension GL_EXT_control_flow_attributes : require
#include "window.glsl"
#include "numbers.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 1) writeonly buffer OUT { uint result[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint piece;
    uint off_x;
    uint off_out;
};

shared vec2 tree[gl_WorkGroupSize.x];
shared uint broken[gl_WorkGroupSize.x];

void take(inout vec2 found, inout uint nan, float v) {
    if (isNaNBits(v)) {
        nan = 1u;
    } else {
        found = vec2(min(found.x, v), max(found.y, v));
    }
}

void main() {
    uint lane = gl_LocalInvocationIndex;
    uint end = (gl_WorkGroupID.x + 1u) * piece;
    float infinity = uintBitsToFloat(INFINITY_BITS);
    vec2 found = vec2(infinity, -infinity);
    uint nan = 0u;
    for (uint item = gl_WorkGroupID.x * piece + lane; item < end; item += gl_WorkGroupSize.x) {
        Span span = spanOf(item, rows, cols);
        uint from = off_x + span.row * stride_x;
        if (span.whole) {
            vec4 v = x4[(from + span.col) / 4u];
            [[unroll]] for (uint c = 0u; c < 4u; c++) take(found, nan, v[c]);
        } else {
            for (; span.col < span.end; span.col++) take(found, nan, x[from + span.col]);
        }
    }
    tree[lane] = found;
    broken[lane] = nan;
    for (uint half_size = gl_WorkGroupSize.x >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) {
            vec2 other = tree[lane + half_size];
            tree[lane] = vec2(min(tree[lane].x, other.x), max(tree[lane].y, other.y));
            broken[lane] |= broken[lane + half_size];
        }
    }
    if (lane == 0u) {
        uvec2 bits = broken[0] != 0u ? uvec2(NAN_BITS) : floatBitsToUint(tree[0]);
        result[off_out + 2u * gl_WorkGroupID.x] = bits.x;
        result[off_out + 2u * gl_WorkGroupID.x + 1u] = bits.y;
    }
}
