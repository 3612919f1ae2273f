// One step of back-propagation through an LSTM, element by element: δ_t of the gates and dc_t (gpu.LSTMBackward).
//
// Buffers
//   G        in     B × 4n, row i at off_g + i·stride_g: the gates
//   BEFORE   in     B × n, row i at off_before + i·stride_before: c_{t−1}
//   C        in     B × n, row i at off_c + i·stride_c: c_t
//   DH       in     B × n, row i at off_dh + i·stride_dh: all of dL/dh_t
//   DC       inout  B × n, row i at off_dc + i·stride_dc: dc_{t+1}, which dc_t replaces
//   DZ       out    B × 4n, row i at off_dz + i·stride_dz. May be G.
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

layout(set = 0, binding = 0) readonly buffer G { float g[]; };
layout(set = 0, binding = 0) readonly buffer G4 { vec4 g4[]; };
layout(set = 0, binding = 1) readonly buffer BEFORE { float before[]; };
layout(set = 0, binding = 1) readonly buffer BEFORE4 { vec4 before4[]; };
layout(set = 0, binding = 2) readonly buffer C { float c[]; };
layout(set = 0, binding = 2) readonly buffer C4 { vec4 c4[]; };
layout(set = 0, binding = 3) readonly buffer DH { float dh[]; };
layout(set = 0, binding = 3) readonly buffer DH4 { vec4 dh_4[]; };
layout(set = 0, binding = 4) buffer DC { float dc[]; };
layout(set = 0, binding = 4) buffer DC4 { vec4 dc4[]; };
layout(set = 0, binding = 5) writeonly buffer DZ { float dz[]; };
layout(set = 0, binding = 5) writeonly buffer DZ4 { vec4 dz4[]; };

layout(push_constant) uniform Push {
    uint rows, cols;
    uint stride_g, stride_before, stride_c, stride_dh, stride_dc, stride_dz;
    uint off_g, off_before, off_c, off_dh, off_dc, off_dz;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint from_g = off_g + span.row * stride_g, from_before = off_before + span.row * stride_before, from_c = off_c + span.row * stride_c;
    uint from_dh = off_dh + span.row * stride_dh, at_dc = off_dc + span.row * stride_dc, to = off_dz + span.row * stride_dz;
    if (span.whole) {
        uint q = (from_g + span.col) / 4, gate = cols / 4, k = (at_dc + span.col) / 4;
        LSTMBack b = lstmBack(g4[q], g4[q + gate], g4[q + 2 * gate], g4[q + 3 * gate], before4[(from_before + span.col) / 4], c4[(from_c + span.col) / 4],
            dh_4[(from_dh + span.col) / 4], dc4[k]);
        q = (to + span.col) / 4;
        dz4[q] = b.i;
        dz4[q + gate] = b.f;
        dz4[q + 2 * gate] = b.g;
        dz4[q + 3 * gate] = b.o;
        dc4[k] = b.carried;
        return;
    }
    for (; span.col < span.end; span.col++) {
        uint q = from_g + span.col, k = at_dc + span.col;
        LSTMBack b = lstmBack(vec4(g[q]), vec4(g[q + cols]), vec4(g[q + 2 * cols]), vec4(g[q + 3 * cols]), vec4(before[from_before + span.col]),
            vec4(c[from_c + span.col]), vec4(dh[from_dh + span.col]), vec4(dc[k]));
        q = to + span.col;
        dz[q] = b.i.x;
        dz[q + cols] = b.f.x;
        dz[q + 2 * cols] = b.g.x;
        dz[q + 3 * cols] = b.o.x;
        dc[k] = b.carried.x;
    }
}
