// One step of back-propagation through a GRU, element by element: δ of the gates and of m, and dh∘z (gpu.GRUBackward).
//
// Buffers
//   G        in     B × 4n, row i at off_g + i·stride_g: r, z, n and m
//   BEFORE   in     B × n, row i at off_before + i·stride_before: h_{t−1}
//   DH       in     B × n, row i at off_dh + i·stride_dh: dL/dh_t without what is carried on
//   DC       inout  B × n, row i at off_dc + i·stride_dc: dh∘z of step t+1, which that of step t replaces
//   DZ       out    B × 4n, row i at off_dz + i·stride_dz: δ_r, δ_z, δ_n and δ_m. May be G
//   DP       out    B × 3n, row i at off_dp + i·stride_dp: δ_r, δ_z and δ_m
//
// Work groups: one invocation an element of DC, or four (window.glsl: WIDE; FLAT does not occur), folded over x and y; local size
// local_size_x. rows·cols < 2³².
//
// Precision: fp32; no sums.
#version 450
#include "window.glsl"
#include "gru.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) readonly buffer G { float g[]; };
layout(set = 0, binding = 0) readonly buffer G4 { vec4 g4[]; };
layout(set = 0, binding = 1) readonly buffer BEFORE { float before[]; };
layout(set = 0, binding = 1) readonly buffer BEFORE4 { vec4 before4[]; };
layout(set = 0, binding = 2) readonly buffer DH { float dh[]; };
layout(set = 0, binding = 2) readonly buffer DH4 { vec4 dh_4[]; };
layout(set = 0, binding = 3) buffer DC { float dc[]; };
layout(set = 0, binding = 3) buffer DC4 { vec4 dc4[]; };
layout(set = 0, binding = 4) writeonly buffer DZ { float dz[]; };
layout(set = 0, binding = 4) writeonly buffer DZ4 { vec4 dz4[]; };
layout(set = 0, binding = 5) writeonly buffer DP { float dp[]; };
layout(set = 0, binding = 5) writeonly buffer DP4 { vec4 dp4[]; };

layout(push_constant) uniform Push {
    uint rows, cols;
    uint stride_g, stride_before, stride_dh, stride_dc, stride_dz, stride_dp;
    uint off_g, off_before, off_dh, off_dc, off_dz, off_dp;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint from_g = off_g + span.row * stride_g, from = off_before + span.row * stride_before, from_dh = off_dh + span.row * stride_dh;
    uint at_dc = off_dc + span.row * stride_dc, to = off_dz + span.row * stride_dz, to_p = off_dp + span.row * stride_dp;
    if (span.whole) {
        uint q = (from_g + span.col) / 4, gate = cols / 4, k = (at_dc + span.col) / 4;
        GRUBack b = gruBack(g4[q], g4[q + gate], g4[q + 2 * gate], g4[q + 3 * gate], before4[(from + span.col) / 4], dh_4[(from_dh + span.col) / 4] + dc4[k]);
        q = (to + span.col) / 4;
        dz4[q] = b.r;
        dz4[q + gate] = b.z;
        dz4[q + 2 * gate] = b.n;
        dz4[q + 3 * gate] = b.m;
        q = (to_p + span.col) / 4;
        dp4[q] = b.r;
        dp4[q + gate] = b.z;
        dp4[q + 2 * gate] = b.m;
        dc4[k] = b.carried;
        return;
    }
    for (; span.col < span.end; span.col++) {
        uint q = from_g + span.col, k = at_dc + span.col;
        GRUBack b = gruBack(vec4(g[q]), vec4(g[q + cols]), vec4(g[q + 2 * cols]), vec4(g[q + 3 * cols]), vec4(before[from + span.col]),
            vec4(dh[from_dh + span.col] + dc[k]));
        q = to + span.col;
        dz[q] = b.r.x;
        dz[q + cols] = b.z.x;
        dz[q + 2 * cols] = b.n.x;
        dz[q + 3 * cols] = b.m.x;
        q = to_p + span.col;
        dp[q] = b.r.x;
        dp[q + cols] = b.z.x;
        dp[q + 2 * cols] = b.m.x;
        dc[k] = b.carried.x;
    }
}
