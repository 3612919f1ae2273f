// Y = value: sets every element of a rows × cols window of a row-major matrix.
//
// Buffers
//   Y   out   rows × cols, row-major, row i at off_y + i·stride; elements
//             between the rows are not touched
//
// Work groups: one invocation an element, folded over x and y; local size
// local_size_x. rows·cols < 2³². FLAT: no gaps between the rows, rows = 1.
//
// Precision: exact; no sums.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride;
    uint off_y;
    float value;
};

void main() {
    uint item = foldedItem();
    if (item >= rows * cols) return;
    uvec2 at = position(item, cols);
    y[off_y + at.x * stride + at.y] = value;
}
