// Y = value: sets every element of a rows × cols window of a row-major matrix.
//
// Buffers
//   Y   out   rows × cols, row-major, row i at off_y + i·stride; elements
//             between the rows are not touched
//
// Work groups: one invocation an element, or four (window.glsl: FLAT, WIDE), folded
// over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: exact; no sums.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 0) writeonly buffer Y4 { vec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride;
    uint off_y;
    float value;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint to = off_y + span.row * stride;
    if (span.whole) {
        y4[(to + span.col) / 4u] = vec4(value);
        return;
    }
    for (; span.col < span.end; span.col++) y[to + span.col] = value;
}
