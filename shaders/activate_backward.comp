// DX = DY ∘ φ'(Y): the gradient of an activation from its output Y = φ(X).
//
// Buffers
//   DY  in    rows × cols, row i at off_dy + i·stride_dy
//   Y   in    rows × cols, row i at off_y + i·stride_y
//   DX  out   rows × cols, row i at off_dx + i·stride_dx. May be DY.
//
// ACTIVATION is gpu.ActivationKind (activation.glsl).
//
// Work groups: one invocation an element, or four (window.glsl: FLAT, WIDE), folded
// over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: fp32; no sums.
#version 450
#include "window.glsl"
#include "activation.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 3) const uint ACTIVATION = ACT_RELU;

layout(set = 0, binding = 0) readonly buffer DY { float dy[]; };
layout(set = 0, binding = 0) readonly buffer DY4 { vec4 dy4[]; };
layout(set = 0, binding = 1) readonly buffer Y { float y[]; };
layout(set = 0, binding = 1) readonly buffer Y4 { vec4 y4[]; };
layout(set = 0, binding = 2) writeonly buffer DX { float dx[]; };
layout(set = 0, binding = 2) writeonly buffer DX4 { vec4 dx4[]; };

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
    Span span = spanOf(foldedItem(), rows, cols);
    uint from_dy = off_dy + span.row * stride_dy, from_y = off_y + span.row * stride_y, to = off_dx + span.row * stride_dx;
    if (span.whole) {
        vec4 h = y4[(from_y + span.col) / 4u];
        dx4[(to + span.col) / 4u] = dy4[(from_dy + span.col) / 4u] * activate_grad(h, ACTIVATION, slope);
        return;
    }
    for (; span.col < span.end; span.col++) {
        dx[to + span.col] = dy[from_dy + span.col] * activate_grad(y[from_y + span.col], ACTIVATION, slope);
    }
}
