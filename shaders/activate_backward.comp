// DX = DY ∘ φ'(Y): the gradient of an activation from its output Y = φ(X).
//
// Buffers
//   DY  in    rows × cols, row i at off_dy + i·stride_dy
//   Y   in    rows × cols, row i at off_y + i·stride_y
//   DX  out   rows × cols, row i at off_dx + i·stride_dx. May be DY.
//
// ACTIVATION is gpu.ActivationKind (activation.glsl).
//
// Work groups: one invocation an element, folded over x and y; local size
// local_size_x. rows·cols < 2³². FLAT: no gaps between the rows, rows = 1.
//
// Precision: fp32; no sums.
#version 450
#include "window.glsl"
#include "activation.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 2) const uint ACTIVATION = ACT_RELU;

layout(set = 0, binding = 0) readonly buffer DY { float dy[]; };
layout(set = 0, binding = 1) readonly buffer Y { float y[]; };
layout(set = 0, binding = 2) writeonly buffer DX { float dx[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_dy;
    uint stride_y;
    uint stride_dx;
    uint off_dy;
    uint off_y;
    uint off_dx;
    float slope;
};

void main() {
    uint item = foldedItem();
    if (item >= rows * cols) return;
    uvec2 at = position(item, cols);
    float h = y[off_y + at.x * stride_y + at.y];
    dx[off_dx + at.x * stride_dx + at.y] = dy[off_dy + at.x * stride_dy + at.y] * activate_grad(h, ACTIVATION, slope);
}
