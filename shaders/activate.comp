// Y = φ(X): an activation of a row-major window.
//
// Buffers
//   X   in    rows × cols, row i at off_x + i·stride_x
//   Y   out   rows × cols, row i at off_y + i·stride_y. May be X.
//
// ACTIVATION is gpu.ActivationKind (activation.glsl).
//
// Work groups: one invocation an element, or four (window.glsl: FLAT, WIDE), folded
// over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: exact; tanh to 5 units in the last place.
#version 450
#include "window.glsl"
#include "activation.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 3) const uint ACTIVATION = ACT_RELU;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 1) writeonly buffer Y4 { vec4 y4[]; };

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
    Span span = spanOf(foldedItem(), rows, cols);
    uint from = off_x + span.row * stride_x, to = off_y + span.row * stride_y;
    if (span.whole) {
        y4[(to + span.col) / 4u] = activate(x4[(from + span.col) / 4u], ACTIVATION, slope);
        return;
    }
    for (; span.col < span.end; span.col++) y[to + span.col] = activate(x[from + span.col], ACTIVATION, slope);
}
