// P = the recurrent matrices of GATES gates in the layout of the kernels of recurrences with gates (lib/gated_state.glsl): forward those
// side by side, transposed, with the input map and the bias as further rows; backward one above the other.
//
// Buffers
//   W     in    gates·n × n, row i at off_w + i·ldw
//   Wx    in    gates·n × k, row i at off_wx + i·ldwx; not read with k = 0
//   Bias  in    1 × gates·n; read with HAS_BIAS
//   P     out   4·depth4 × 4·cols4 in blocks of 32 columns, one after the other, each with 4·depth4 rows of 32 words; padding is zero.
//               Units are padded to a multiple of 4 in every gate, n4 = ⌈n/4⌉. FORWARD: row j, column (g, u) is W[g·n+u][j]; then rows Wxᵀ from row 4·n4 on, and the bias as the
//               last row. Backward: row (g, u), column j is W[g·n+u][j]. PAIRS: blocks of 16 columns, of each row first the even ones
//
// Work groups: one invocation an element of P, folded over x and y.
//
// Precision: exact; no sums.
#version 450
#include "fold.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 1) const bool FORWARD = true;
layout(constant_id = 2) const bool HAS_BIAS = false;
layout(constant_id = 3) const bool PAIRS = false;

layout(set = 0, binding = 0) readonly buffer W { float w[]; };
layout(set = 0, binding = 1) readonly buffer Wx { float wx[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) writeonly buffer P { float p[]; };

layout(push_constant) uniform Push {
    uint n, k, gates;
    uint depth4, cols4;
    uint ldw, ldwx;
    uint off_w, off_wx, off_bias, off_p;
} push;

const uint BLOCK = PAIRS ? 16 : 32;

float forward(uint row, uint gate, uint unit) {
    uint of = gate * push.n + unit, inputs = (push.n + 3) / 4 * 4;
    if (gate >= push.gates || unit >= push.n) return 0.0;
    if (row < push.n) return w[push.off_w + of * push.ldw + row];
    if (row >= inputs && row < inputs + push.k) return wx[push.off_wx + of * push.ldwx + row - inputs];
    return HAS_BIAS && row == 4 * push.depth4 - 1 ? bias[push.off_bias + of] : 0.0;
}

void main() {
    uint item = foldedItem(), rows = 4 * push.depth4, padded = (push.n + 3) / 4 * 4;
    if (item >= (4 * push.cols4 + BLOCK - 1) / BLOCK * BLOCK * rows) return;
    uint in_block = item % BLOCK;
    if (PAIRS) in_block = in_block % 8 * 2 + in_block / 8;
    uint col = item / (rows * BLOCK) * BLOCK + in_block, row = item / BLOCK % rows;
    float v = 0.0;
    if (FORWARD) {
        v = forward(row, col / padded, col % padded);
    } else if (col < push.n && row % padded < push.n) {
        v = w[push.off_w + (row / padded * push.n + row % padded) * push.ldw + col];
    }
    p[push.off_p + item] = v;
}
