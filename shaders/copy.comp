// Y = X: copies a rows × cols window of one row-major matrix to another.
//
// Buffers
//   X   in    rows × cols, row-major, row i at off_x + i·stride_x
//   Y   out   rows × cols, row-major, row i at off_y + i·stride_y; elements
//             between the rows are not touched. X and Y do not overlap.
//
// Work groups: one invocation an element, or four (window.glsl: FLAT, WIDE), folded
// over x and y; z is the item of a repetition, whose operands begin z·step_x and z·step_y further; local size local_size_x. rows·cols < 2³².
//
// Precision: exact, NaN payloads included; no sums.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "repeat.glsl"

layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { uvec4 x4[]; };
layout(set = 0, binding = 1) writeonly buffer Y { uint y[]; };
layout(set = 0, binding = 1) writeonly buffer Y4 { uvec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_y;
    uint step_x;
    uint step_y;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint from = item(off_x, step_x) + span.row * stride_x, to = item(off_y, step_y) + span.row * stride_y;
    if (span.whole) {
        y4[(to + span.col) / 4u] = x4[(from + span.col) / 4u];
        return;
    }
    for (; span.col < span.end; span.col++) y[to + span.col] = x[from + span.col];
}
