// Y_i = α · A_i ∘ B_{i mod period} + β · Y_i: an elementwise product with a factor whose rows repeat.
//
// Buffers
//   A  in     rows × cols, row i at off_a + i·stride_a; read if HAS_A, else ones
//   B  in     period × cols, row i at off_b + i·stride_b
//   Y  inout  rows × cols, row i at off_y + i·stride_y; read if HAS_BETA. May be A.
//
// Work groups: one invocation an element, or four (window.glsl: WIDE, never FLAT),
// folded over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: fp32, α·A·B + β·Y from left to right.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 3) const bool HAS_A = true;
layout(constant_id = 4) const bool HAS_BETA = true;

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 1) readonly buffer B4 { vec4 b4[]; };
layout(set = 0, binding = 2) buffer Y { float y[]; };
layout(set = 0, binding = 2) buffer Y4 { vec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint period;
    uint stride_a;
    uint stride_b;
    uint stride_y;
    uint off_a;
    uint off_b;
    uint off_y;
    float alpha;
    float beta;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint at_a = off_a + span.row * stride_a, at_b = off_b + span.row % period * stride_b, to = off_y + span.row * stride_y;
    if (span.whole) {
        vec4 v = vec4(alpha);
        if (HAS_A) v *= a4[(at_a + span.col) / 4u];
        v *= b4[(at_b + span.col) / 4u];
        if (HAS_BETA) v += beta * y4[(to + span.col) / 4u];
        y4[(to + span.col) / 4u] = v;
        return;
    }
    for (; span.col < span.end; span.col++) {
        float v = alpha;
        if (HAS_A) v *= a[at_a + span.col];
        v *= b[at_b + span.col];
        if (HAS_BETA) v += beta * y[to + span.col];
        y[to + span.col] = v;
    }
}
