// Y = X: copies a rows × cols window of one row-major matrix to another.
//
// Buffers
//   X   in    rows × cols, row-major, row i at off_x + i·stride_x
//   Y   out   rows × cols, row-major, row i at off_y + i·stride_y; elements
//             between the rows are not touched. X and Y do not overlap.
//
// Work groups: one invocation an element, folded over x and y; local size
// local_size_x. rows·cols < 2³². FLAT: no gaps between the rows, rows = 1.
//
// Precision: exact, NaN payloads included; no sums.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { uint y[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_y;
};

void main() {
    uint item = foldedItem();
    if (item >= rows * cols) return;
    uvec2 at = position(item, cols);
    y[off_y + at.x * stride_y + at.y] = x[off_x + at.x * stride_x + at.y];
}
