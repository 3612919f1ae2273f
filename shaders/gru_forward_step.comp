// One step of a GRU from its products and pre-activations, element by element: r, z, n, m and h_t (gpu.GRUForward).
//
// Buffers
//   P           in     B × 3n, row i at off_p + i·stride_p: W h_{t−1}
//   HIDDENBIAS  in     1 × n, at off_hiddenbias; read with HAS_BIAS
//   BEFORE      in     B × n, row i at off_before + i·stride_before: h_{t−1}
//   G           inout  B × 4n, row i at off_g + i·stride_g: the pre-activations from outside in its first 3n columns; receives r, z, n and m
//   H           out    B × n, row i at off_h + i·stride_h
//
// Work groups: one invocation an element of H, or four (window.glsl: WIDE; FLAT does not occur), folded over x and y; local size
// local_size_x. rows·cols < 2³².
//
// Precision: fp32; no sums.
#version 450
#include "window.glsl"
#include "gru.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 3) const bool HAS_BIAS = false;

layout(set = 0, binding = 0) readonly buffer P { float p[]; };
layout(set = 0, binding = 0) readonly buffer P4 { vec4 p4[]; };
layout(set = 0, binding = 1) readonly buffer HIDDENBIAS { float hidden_bias[]; };
layout(set = 0, binding = 1) readonly buffer HIDDENBIAS4 { vec4 hidden_bias4[]; };
layout(set = 0, binding = 2) readonly buffer BEFORE { float before[]; };
layout(set = 0, binding = 2) readonly buffer BEFORE4 { vec4 before4[]; };
layout(set = 0, binding = 3) buffer G { float g[]; };
layout(set = 0, binding = 3) buffer G4 { vec4 g4[]; };
layout(set = 0, binding = 4) writeonly buffer H { float h[]; };
layout(set = 0, binding = 4) writeonly buffer H4 { vec4 h4[]; };

layout(push_constant) uniform Push {
    uint rows, cols;
    uint stride_p, stride_before, stride_g, stride_h;
    uint off_p, off_hiddenbias, off_before, off_g, off_h;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint from_p = off_p + span.row * stride_p, from = off_before + span.row * stride_before, at = off_g + span.row * stride_g, to = off_h + span.row * stride_h;
    if (span.whole) {
        uint q = (at + span.col) / 4, gate = cols / 4, k = (from_p + span.col) / 4;
        vec4 m = p4[k + 2 * gate];
        if (HAS_BIAS) m += hidden_bias4[(off_hiddenbias + span.col) / 4];
        GRUStep s = gruStep(p4[k] + g4[q], p4[k + gate] + g4[q + gate], g4[q + 2 * gate], m, before4[(from + span.col) / 4]);
        g4[q] = s.r;
        g4[q + gate] = s.z;
        g4[q + 2 * gate] = s.n;
        g4[q + 3 * gate] = m;
        h4[(to + span.col) / 4] = s.h;
        return;
    }
    for (; span.col < span.end; span.col++) {
        uint q = at + span.col, k = from_p + span.col;
        float m = p[k + 2 * cols];
        if (HAS_BIAS) m += hidden_bias[off_hiddenbias + span.col];
        GRUStep s = gruStep(vec4(p[k] + g[q]), vec4(p[k + cols] + g[q + cols]), vec4(g[q + 2 * cols]), vec4(m), vec4(before[from + span.col]));
        g[q] = s.r.x;
        g[q + cols] = s.z.x;
        g[q + 2 * cols] = s.n.x;
        g[q + 3 * cols] = m;
        h[to + span.col] = s.h.x;
    }
}
