// The factors of W = diag(D) + Lᵀ R in the layout of lib/low_rank_state.glsl: A = Mᵀ, B = K, D, then Wxᵀ, the bias and the units'
// parameters.
//
// Buffers
//   M     in    r × n, row i at off_m + i·ldm: R of the forward direction, L of the backward
//   K     in    r × n, row i at off_k + i·ldk: L of the forward direction, R of the backward
//   D     in    1 × n
//   Wx    in    n × inputs, row i at off_wx + i·ldwx; not read with inputs = 0
//   Bias  in    1 × n; read with extras and has_bias, else zeros
//   Unit  in    1 × n, the parameters of the activation; read with has_unit
//   P     out   A, 4·⌈n/4⌉ rows of 4·r4 words; K in blocks of 32 columns, one after the other, each with 4·r4 rows; D, and with
//               extras inputs rows Wxᵀ and 1 row Bias, and with has_unit 1 row Unit, of 32·⌈n/32⌉ words; padding is zero
//
// Work groups: one invocation an element of P, folded over x and y.
//
// Precision: exact; no sums.
#version 450
#include "fold.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;

layout(set = 0, binding = 0) readonly buffer M { float m[]; };
layout(set = 0, binding = 1) readonly buffer K { float k[]; };
layout(set = 0, binding = 2) readonly buffer D { float d[]; };
layout(set = 0, binding = 3) readonly buffer Wx { float wx[]; };
layout(set = 0, binding = 4) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 5) readonly buffer Unit { float unit[]; };
layout(set = 0, binding = 6) writeonly buffer P { float p[]; };

layout(push_constant) uniform Push {
    uint n, r, r4;
    uint inputs, extras, has_bias, has_unit;
    uint ldm, ldk, ldwx;
    uint off_m, off_k, off_d, off_wx, off_bias, off_unit, off_p;
} push;

const uint BLOCK = 32;

void main() {
    uint item = foldedItem(), rows = (push.n + 3) / 4 * 4, rank = 4 * push.r4, pitch = (push.n + BLOCK - 1) / BLOCK * BLOCK;
    uint at_b = rows * rank, at_d = at_b + pitch * rank;
    uint bias_row = push.extras != 0 ? push.inputs + 1 : 0; // of what follows B, where D is row 0
    if (item >= at_d + pitch * (1 + bias_row + push.has_unit)) return;
    float v = 0.0;
    if (item < at_b) {
        uint i = item / rank, j = item % rank;
        if (i < push.n && j < push.r) v = m[push.off_m + j * push.ldm + i];
    } else if (item < at_d) {
        uint e = item - at_b, col = e / (rank * BLOCK) * BLOCK + e % BLOCK, i = e / BLOCK % rank;
        if (col < push.n && i < push.r) v = k[push.off_k + i * push.ldk + col];
    } else {
        uint q = (item - at_d) / pitch, col = (item - at_d) % pitch;
        if (col >= push.n) {
        } else if (q == 0) {
            v = d[push.off_d + col];
        } else if (q < bias_row) {
            v = wx[push.off_wx + col * push.ldwx + q - 1];
        } else if (q == bias_row) {
            if (push.has_bias != 0) v = bias[push.off_bias + col];
        } else {
            v = unit[push.off_unit + col];
        }
    }
    p[push.off_p + item] = v;
}
