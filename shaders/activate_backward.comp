// DX = DY ∘ φ'(Y): the gradient of an activation from its output Y = φ(X).
//
// Buffers
//   DY  in    rows × cols, row i at off_dy + i·stride_dy
//   Y   in    rows × cols, row i at off_y + i·stride_y
//   Unit in   1 × cols; read where ACTIVATION has a parameter for each unit
//   DX  out   rows × cols, row i at off_dx + i·stride_dx. May be DY.
//   DUnit out rows × cols, row i at off_dunit + i·stride_dunit: DY ∘ ∂φ/∂Unit;
//             written if HAS_DUNIT
//
// ACTIVATION is gpu.ActivationKind (activation.glsl). With units the window must not
// be FLAT, and with WIDE, Unit starts at a multiple of four elements.
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
layout(constant_id = 4) const bool HAS_DUNIT = false;

layout(set = 0, binding = 0) readonly buffer DY { float dy[]; };
layout(set = 0, binding = 0) readonly buffer DY4 { vec4 dy4[]; };
layout(set = 0, binding = 1) readonly buffer Y { float y[]; };
layout(set = 0, binding = 1) readonly buffer Y4 { vec4 y4[]; };
layout(set = 0, binding = 2) readonly buffer Unit { float unit[]; };
layout(set = 0, binding = 2) readonly buffer Unit4 { vec4 unit4[]; };
layout(set = 0, binding = 3) writeonly buffer DX { float dx[]; };
layout(set = 0, binding = 3) writeonly buffer DX4 { vec4 dx4[]; };
layout(set = 0, binding = 4) writeonly buffer DUnit { float dunit[]; };
layout(set = 0, binding = 4) writeonly buffer DUnit4 { vec4 dunit4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_dy;
    uint stride_y;
    uint stride_dx;
    uint stride_dunit;
    uint off_dy;
    uint off_y;
    uint off_unit;
    uint off_dx;
    uint off_dunit;
    float slope;
};

const bool UNITS = ACTIVATION >= ACT_MODRELU;

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint from_dy = off_dy + span.row * stride_dy, from_y = off_y + span.row * stride_y, to = off_dx + span.row * stride_dx;
    uint to_unit = off_dunit + span.row * stride_dunit;
    if (span.whole) {
        vec4 g = dy4[(from_dy + span.col) / 4u], h = y4[(from_y + span.col) / 4u];
        vec4 by = UNITS ? unit4[(off_unit + span.col) / 4u] : vec4(0.0);
        vec4 dz = g * activate_unit_grad(h, ACTIVATION, slope, by);
        dx4[(to + span.col) / 4u] = dz;
        if (HAS_DUNIT) dunit4[(to_unit + span.col) / 4u] = unit_grad(g, dz, h, ACTIVATION, by);
        return;
    }
    for (; span.col < span.end; span.col++) {
        float g = dy[from_dy + span.col], h = y[from_y + span.col];
        if (!UNITS) {
            dx[to + span.col] = g * activate_grad(h, ACTIVATION, slope);
            continue;
        }
        vec4 by = vec4(unit[off_unit + span.col]), dz = g * activate_unit_grad(vec4(h), ACTIVATION, slope, by);
        dx[to + span.col] = dz.x;
        if (HAS_DUNIT) dunit[to_unit + span.col] = unit_grad(vec4(g), dz, vec4(h), ACTIVATION, by).x;
    }
}
