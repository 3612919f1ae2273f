// P = W or Wᵀ padded with zeros to a multiple of 4 rows and columns, then Wxᵀ, the bias and the units' parameters as further rows, for
// the recurrence kernels.
//
// Buffers
//   W     in    n × n, row i at off_w + i·ldw; TRANSPOSE packs Wᵀ
//   Wx    in    n × k, row i at off_wx + i·ldwx; not read with k = 0
//   Bias  in    1 × n; read with k > 0 and has_bias, else zeros
//   Unit  in    1 × n, the parameters of the activation; read with has_unit
//   P     out   W in blocks of 32 columns, one after the other, each with 4·n4 rows of 32 words, n4 = ⌈n/4⌉, so that 8 lanes stream
//               through memory; then, with k > 0, k rows Wxᵀ and 1 row Bias, and with has_unit 1 row Unit, of 32·⌈n/32⌉ words;
//               padding is zero
//
// Work groups: one invocation an element of P, folded over x and y.
//
// Precision: exact; no sums.
#version 450
#include "fold.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 1) const bool TRANSPOSE = false;

layout(set = 0, binding = 0) readonly buffer W { float w[]; };
layout(set = 0, binding = 1) readonly buffer Wx { float wx[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) readonly buffer Unit { float unit[]; };
layout(set = 0, binding = 4) writeonly buffer P { float p[]; };

layout(push_constant) uniform Push {
    uint n, k;
    uint has_bias, has_unit;
    uint ldw, ldwx;
    uint off_w, off_wx, off_bias, off_unit, off_p;
} push;

const uint BLOCK = 32;

void main() {
    uint item = foldedItem(), rows = (push.n + 3) / 4 * 4, pitch = (push.n + BLOCK - 1) / BLOCK * BLOCK;
    uint inputs = push.k > 0 ? push.k + 1 : 0; // rows, with the bias
    if (item >= pitch * (rows + inputs + push.has_unit)) return;
    float v = 0.0;
    if (item < pitch * rows) {
        uint col = item / (rows * BLOCK) * BLOCK + item % BLOCK, r = item / BLOCK % rows;
        if (col < push.n && r < push.n) v = w[push.off_w + (TRANSPOSE ? col * push.ldw + r : r * push.ldw + col)];
    } else {
        uint q = (item - pitch * rows) / pitch, col = item % pitch;
        if (col >= push.n) {
        } else if (q < push.k) {
            v = wx[push.off_wx + col * push.ldwx + q];
        } else if (q < inputs) {
            if (push.has_bias != 0) v = bias[push.off_bias + col];
        } else {
            v = unit[push.off_unit + col];
        }
    }
    p[push.off_p + item] = v;
}
