// One step of an LSTM from its pre-activations, element by element: i, f, g, o, c_t and h_t (gpu.LSTMForward).
//
// Buffers
//   A       inout  B × 4n, row i at off_a + i·stride_a: the pre-activations, which the gates replace
//   BEFORE  in     B × n, row i at off_before + i·stride_before: c_{t−1}
//   C       out    B × n, row i at off_c + i·stride_c
//   H       out    B × n, row i at off_h + i·stride_h
//
// Work groups: one invocation an element of C, or four (window.glsl: WIDE; FLAT does not occur), folded over x and y; local size
// local_size_x. rows·cols < 2³².
//
// Precision: fp32; no sums.
#version 450
#include "window.glsl"
#include "lstm.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) buffer A { float a[]; };
layout(set = 0, binding = 0) buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 1) readonly buffer BEFORE { float before[]; };
layout(set = 0, binding = 1) readonly buffer BEFORE4 { vec4 before4[]; };
layout(set = 0, binding = 2) writeonly buffer C { float c[]; };
layout(set = 0, binding = 2) writeonly buffer C4 { vec4 c4[]; };
layout(set = 0, binding = 3) writeonly buffer H { float h[]; };
layout(set = 0, binding = 3) writeonly buffer H4 { vec4 h4[]; };

layout(push_constant) uniform Push {
    uint rows, cols;
    uint stride_a, stride_before, stride_c, stride_h;
    uint off_a, off_before, off_c, off_h;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint at = off_a + span.row * stride_a, from = off_before + span.row * stride_before, to_c = off_c + span.row * stride_c, to_h = off_h + span.row * stride_h;
    if (span.whole) {
        uint q = (at + span.col) / 4, gate = cols / 4;
        LSTMStep s = lstmStep(a4[q], a4[q + gate], a4[q + 2 * gate], a4[q + 3 * gate], before4[(from + span.col) / 4]);
        a4[q] = s.i;
        a4[q + gate] = s.f;
        a4[q + 2 * gate] = s.g;
        a4[q + 3 * gate] = s.o;
        c4[(to_c + span.col) / 4] = s.c;
        h4[(to_h + span.col) / 4] = s.h;
        return;
    }
    for (; span.col < span.end; span.col++) {
        uint q = at + span.col;
        LSTMStep s = lstmStep(vec4(a[q]), vec4(a[q + cols]), vec4(a[q + 2 * cols]), vec4(a[q + 3 * cols]), vec4(before[from + span.col]));
        a[q] = s.i.x;
        a[q + cols] = s.f.x;
        a[q + 2 * cols] = s.g.x;
        a[q + 3 * cols] = s.o.x;
        c[to_c + span.col] = s.c.x;
        h[to_h + span.col] = s.h.x;
    }
}
