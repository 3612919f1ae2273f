// Y = factor·(S − mean), S the sum of the eight half words of a block of random numbers: noise that is close to normally distributed,
// made from counters (gpu.Noise).
//
// Buffers
//   CLOCK  in   one word; read if HAS_CLOCK, else 0
//   Y      out  rows × cols, row i at off_y + i·stride_y
//
// Work groups: one invocation an element, folded over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: whole numbers below 2²⁴ and one product.
#version 450
#include "philox.glsl"
#include "part.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 1) const bool HAS_CLOCK = true;

layout(set = 0, binding = 0) readonly buffer CLOCK { uint clock[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint seed_low;
    uint seed_high;
    uint stream_low;
    uint stream_high;
    uint stride_y;
    uint off_clock;
    uint off_y;
    uint mean;
    uint part_rows;
    uint part_of;
    uint part_first;
    float factor;
};

void main() {
    uint item = foldedItem();
    if (item >= rows * cols) return;
    uint row = item / cols, col = item - row * cols;
    uvec4 words = philox(uvec2(seed_low, seed_high), uvec4(partRow(row, part_rows, part_of, part_first) * cols + col, HAS_CLOCK ? clock[off_clock] : 0u, stream_low, stream_high));
    uvec4 halves = (words & 0xffffu) + (words >> 16);
    int sum = int(halves.x + halves.y + halves.z + halves.w) - int(mean);
    y[off_y + row * stride_y + col] = float(sum) * factor;
}
