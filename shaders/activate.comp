// Y = φ(X): an activation of a row-major window.
//
// Buffers
//   X   in    rows × cols, row i at off_x + i·stride_x
//   Unit in   1 × cols; read where ACTIVATION has a parameter for each unit
//   Y   out   rows × cols, row i at off_y + i·stride_y. May be X.
//
// ACTIVATION is gpu.ActivationKind (activation.glsl). With units the window must not
// be FLAT, and with WIDE, Unit starts at a multiple of four elements.
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
layout(set = 0, binding = 1) readonly buffer Unit { float unit[]; };
layout(set = 0, binding = 1) readonly buffer Unit4 { vec4 unit4[]; };
layout(set = 0, binding = 2) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 2) writeonly buffer Y4 { vec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_unit;
    uint off_y;
    float slope;
};

const bool UNITS = ACTIVATION >= ACT_MODRELU;

vec4 four(vec4 v, uint col) {
    return activate_unit(v, ACTIVATION, slope, UNITS ? unit4[(off_unit + col) / 4u] : vec4(0.0));
}

float one(float v, uint col) {
    if (UNITS) return activate_unit(vec4(v), ACTIVATION, slope, vec4(unit[off_unit + col])).x;
    return activate(v, ACTIVATION, slope);
}

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint from = off_x + span.row * stride_x, to = off_y + span.row * stride_y;
    if (span.whole) {
        y4[(to + span.col) / 4u] = four(x4[(from + span.col) / 4u], span.col);
        return;
    }
    for (; span.col < span.end; span.col++) y[to + span.col] = one(x[from + span.col], span.col);
}
