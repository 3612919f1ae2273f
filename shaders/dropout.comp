// Y = X·scale where an element stays, 0 elsewhere: dropout with a mask that is made anew from counters (gpu.Dropout).
//
// Buffers
//   X      in   rows × cols, row i at off_x + i·stride_x; read if HAS_X, else ones
//   CLOCK  in   one word; read if HAS_CLOCK, else 0
//   Y      out  rows × cols, row i at off_y + i·stride_y. May be X.
//
// Work groups: one invocation eight neighbouring elements of a row, which share a block
// of random numbers, folded over x and y; local size local_size_x. WIDE: rows of X and Y
// start at multiples of four elements. rows·⌈cols/8⌉ < 2³².
//
// Precision: one product.
#version 450
#extension GL_EXT_control_flow_attributes : require
#include "philox.glsl"
#include "part.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 1) const bool WIDE = false;
layout(constant_id = 2) const bool HAS_X = true;
layout(constant_id = 3) const bool HAS_CLOCK = true;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 1) readonly buffer CLOCK { uint clock[]; };
layout(set = 0, binding = 2) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 2) writeonly buffer Y4 { vec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint period;
    uint threshold;
    uint seed_low;
    uint seed_high;
    uint stream_low;
    uint stream_high;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_clock;
    uint off_y;
    uint part_rows;
    uint part_of;
    uint part_first;
    float scale;
};

// staying returns scale for the elements of half of a block that stay, 0 for the others.
vec4 staying(uvec2 words) {
    uvec4 bits = uvec4(words.x & 0xffffu, words.x >> 16, words.y & 0xffffu, words.y >> 16);
    return mix(vec4(0.0), vec4(scale), lessThan(bits, uvec4(threshold)));
}

void main() {
    uint across = (cols + 7u) / 8u, item = foldedItem();
    if (item >= rows * across) return;
    uint row = item / across, col = item - row * across, drawn = partRow(period > 0u ? row % period : row, part_rows, part_of, part_first);
    uvec4 words = philox(uvec2(seed_low, seed_high), uvec4(drawn * across + col, HAS_CLOCK ? clock[off_clock] : 0u, stream_low, stream_high));
    vec4 factors[2] = vec4[2](staying(words.xy), staying(words.zw));
    uint from = off_x + row * stride_x, to = off_y + row * stride_y;
    [[unroll]] for (uint q = 0u; q < 2u; q++) {
        uint first = 8u * col + 4u * q;
        if (WIDE && first + 4u <= cols) {
            vec4 v = HAS_X ? x4[(from + first) / 4u] : vec4(1.0);
            y4[(to + first) / 4u] = mix(v * factors[q], vec4(0.0), equal(factors[q], vec4(0.0)));
            continue;
        }
        [[unroll]] for (uint e = 0u; e < 4u; e++) {
            if (first + e < cols) {
                float v = HAS_X ? x[from + first + e] : 1.0;
                y[to + first + e] = factors[q][e] == 0.0 ? 0.0 : v * factors[q][e];
            }
        }
    }
}
