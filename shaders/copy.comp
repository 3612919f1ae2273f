// Y = X: copies a rows × cols window of one row-major matrix to another.
//
// Buffers
//   X   in    rows × cols, row-major, row i at off_x + i·stride_x
//   Y   out   rows × cols, row-major, row i at off_y + i·stride_y; elements
//             between the rows are not touched. X and Y do not overlap.
//
// Work groups: one invocation an element, folded over x and y; local size
// local_size_x. rows·cols < 2³².
//
// Precision: exact, NaN payloads included; no sums.
#version 450
#include "fold.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

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
    uint row = item / cols;
    uint col = item - row * cols;
    y[off_y + row * stride_y + col] = x[off_x + row * stride_x + col];
}
