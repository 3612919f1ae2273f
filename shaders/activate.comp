// Y = φ(X): an activation of a row-major window.
//
// Buffers
//   X   in    rows × cols, row i at off_x + i·stride_x
//   Y   out   rows × cols, row i at off_y + i·stride_y. May be X.
//
// ACTIVATION is gpu.ActivationKind (activation.glsl).
//
// Work groups: one invocation an element, folded over x and y; local size
// local_size_x. rows·cols < 2³². FLAT: no gaps between the rows, rows = 1.
//
// Precision: exact; tanh to 5 units in the last place.
#version 450
#include "window.glsl"
#include "activation.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 2) const uint ACTIVATION = ACT_RELU;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_y;
    float slope;
};

void main() {
    uint item = foldedItem();
    if (item >= rows * cols) return;
    uvec2 at = position(item, cols);
    y[off_y + at.x * stride_y + at.y] = activate(x[off_x + at.x * stride_x + at.y], ACTIVATION, slope);
}
