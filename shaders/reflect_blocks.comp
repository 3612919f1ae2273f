// Y = Q X or Qᵀ X row by row, Q = Q_0 Q_1 … Q_{K−1} of blocks of BLOCK Householder reflectors, and backwards what the gradient of it needs.
//
//   Q_k = I − U_kᵀ A_k U_k  (Schreiber & Van Loan 1989):   C = X U_kᵀ,   E = C A_kᵀ (Q_k) or C A_k (Q_kᵀ, TRANSPOSE),   X ← X − E U_k
//
// from the last block to the first, with TRANSPOSE from the first to the last. The columns before k·BLOCK of U_k are structural zeros
// and are left out.
//
// Buffers
//   X   in     half × n, row i at off_x + i·stride_x: the first rows of the state
//   DY  in     (rows−half) × n, row i at off_dy + i·stride_dy: the rows after those
//   U   in     m × n, a reflector a row, row j at off_u + j·stride_u; structural zeros hold zeros
//   A   in     K·BLOCK × BLOCK, row j at off_a + j·stride_a: the blocks' factors (block_factors.comp), zero where there is no reflector
//   S   inout  rows × 4·n4, n4 = ⌈n/4⌉, row i at off_s + i·stride_s, multiples of four: the state, unless it is in shared memory
//   Y   out    n columns, row i at off_y + i·stride_y: the state at the end, with HISTORY only its rows from half on
//   H   out    with HISTORY: K·rows × 4·n4 without gaps, rows k·rows …: of the rows before half the state after block k, of the others
//              the state before it; columns before k·BLOCK are not written
//   E   out    with HISTORY: K·rows × BLOCK without gaps: E of every block
//
// A launch takes `blocks` blocks from number `first` on, counted in the order in which they are applied; with copy_in it begins
// with X and DY, else with S; with copy_out it ends with Y.
//
// Work groups: folded over x and y, they count TM rows, which pass through all blocks without leaving the work group. The state is in shared memory where
// STATE_QUADS ≥ TM·n4. For C, lane l sums every PARTS-th vec4 column from l mod PARTS on, DEPTH of them a turn, for all TM rows and a share of the
// reflectors; for E it owns a vec4 column and some rows; for X it owns TN vec4 columns and all rows. Of A and, for X, of U it loads what TURN times four
// reflectors take at once: few samples on a graphics processor wait for little else than loads. TURN is a power of two.
// VEC says that rows of X, DY, U, A and Y begin at multiples of four words and n is a multiple of four.
//
// Precision: fp32 with fused multiply-add. An element of C is PARTS sums over rising columns, added in order; sums over
// reflectors are in rising order.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(local_size_x = 128, local_size_x_id = 0) in;
layout(constant_id = 6) const uint TN = 1;
layout(constant_id = 7) const uint PARTS = 16;
layout(constant_id = 8) const uint STATE_QUADS = 0;
layout(constant_id = 9) const uint DEPTH = 1;
layout(constant_id = 10) const uint TURN = 1;

#include "fold.glsl"
#include "reflect_blocks.glsl"

const uint CJ = BLOCK / (LX / PARTS); // reflectors of a lane in C, a multiple of four
const uint C4 = CJ / 4;
const uint EJ = LX < B4 ? LX : B4;       // lanes side by side in E
const uint EG = LX / EJ;              // lanes that share the rows out
const uint OWN = (TM + EG - 1) / EG;  // rows of a lane in E
const uint AT_ONCE = TURN < B4 ? TURN : B4;

shared QUAD state[STATE_QUADS > 0 ? STATE_QUADS : 1];
shared QUAD part[PARTS > 1 ? PARTS * TM * B4 : 1];
shared QUAD coeff[TM * B4];  // C
shared QUAD factor[TM * B4]; // E

vec4 stateAt(uint i, uint q) {
    if (STATE_QUADS > 0u) return fromQuad(state[i * n4 + q]);
    return fromQuad(s4[push.off_s + rowOf(i) * (push.stride_s / 4u) + q]);
}

void setState(uint i, uint q, vec4 v) {
    if (STATE_QUADS > 0u) {
        state[i * n4 + q] = toQuad(v);
    } else if (exists(i)) {
        s4[push.off_s + (row0 + i) * (push.stride_s / 4u) + q] = toQuad(v);
    }
}

// synchronise lets all lanes see what was stored.
void synchronise() {
    if (STATE_QUADS == 0u) memoryBarrierBuffer();
    barrier();
}

// products computes C = X U_kᵀ from vec4 column q0 on.
void products(uint lo, uint q0) {
    uint p = lane % PARTS, own = lane / PARTS * CJ;
    vec4 acc[TM * C4];
    [[unroll]] for (uint i = 0u; i < TM * C4; i++) acc[i] = vec4(0.0);
    [[dont_unroll]] for (uint from = q0 + p; from < n4; from += PARTS * DEPTH) {
        vec4 w[CJ * DEPTH];
        [[unroll]] for (uint c = 0u; c < CJ; c++) {
            [[unroll]] for (uint d = 0u; d < DEPTH; d++) w[c * DEPTH + d] = reflector(lo + own + c, min(from + d * PARTS, n4 - 1u));
        }
        [[unroll]] for (uint i = 0u; i < TM; i++) {
            [[unroll]] for (uint d = 0u; d < DEPTH; d++) {
                vec4 v = stateAt(i, min(from + d * PARTS, n4 - 1u));
                if (d > 0u && from + d * PARTS >= n4) v = vec4(0.0);
                [[unroll]] for (uint e = 0u; e < 4u; e++) {
                    [[unroll]] for (uint c = 0u; c < CJ; c++) {
                        acc[i * C4 + c / 4u][c % 4u] = fma(v[e], w[c * DEPTH + d][e], acc[i * C4 + c / 4u][c % 4u]);
                    }
                }
            }
        }
    }
    [[unroll]] for (uint i = 0u; i < TM; i++) {
        [[unroll]] for (uint c = 0u; c < C4; c++) {
            uint at = i * B4 + own / 4u + c;
            if (PARTS > 1u) {
                part[p * (TM * B4) + at] = toQuad(acc[i * C4 + c]);
            } else {
                coeff[at] = toQuad(acc[i * C4 + c]);
            }
        }
    }
    barrier();
    if (PARTS == 1u) return;
    [[dont_unroll]] for (uint at = lane; at < TM * B4; at += LX) {
        vec4 v = fromQuad(part[at]);
        for (uint s = 1u; s < PARTS; s++) v += fromQuad(part[s * (TM * B4) + at]);
        coeff[at] = toQuad(v);
    }
    barrier();
}

// factors computes E from C.
void factors(uint block) {
    uint group = lane / EJ;
    [[dont_unroll]] for (uint j = lane % EJ; j < B4; j += EJ) {
        vec4 acc[OWN];
        [[unroll]] for (uint o = 0u; o < OWN; o++) acc[o] = vec4(0.0);
        [[dont_unroll]] for (uint l = 0u; l < B4; l += AT_ONCE) {
            vec4 w[4u * AT_ONCE];
            [[unroll]] for (uint e = 0u; e < 4u * AT_ONCE; e++) {
                w[e] = TRANSPOSE ? triangle(block * BLOCK + 4u * l + e, j) : triangle(block * BLOCK + 4u * j + e % 4u, l + e / 4u);
            }
            [[unroll]] for (uint s = 0u; s < AT_ONCE; s++) {
                [[unroll]] for (uint o = 0u; o < OWN; o++) {
                    vec4 c = fromQuad(coeff[min(o * EG + group, TM - 1u) * B4 + l + s]);
                    [[unroll]] for (uint e = 0u; e < 4u; e++) {
                        if (TRANSPOSE) {
                            acc[o] = fma(vec4(c[e]), w[4u * s + e], acc[o]);
                        } else {
                            [[unroll]] for (uint f = 0u; f < 4u; f++) acc[o][e] = fma(c[f], w[4u * s + e][f], acc[o][e]);
                        }
                    }
                }
            }
        }
        [[unroll]] for (uint o = 0u; o < OWN; o++) {
            uint i = o * EG + group;
            if (TM % EG == 0u || i < TM) {
                factor[i * B4 + j] = toQuad(acc[o]);
                if (HISTORY && exists(i)) e4[push.off_e + (block * push.rows + row0 + i) * B4 + j] = toQuad(acc[o]);
            }
        }
    }
    barrier();
}

// update subtracts E U_k from vec4 columns q0 … of X.
void update(uint block, uint lo, uint q0) {
    [[dont_unroll]] for (uint from = q0; from < n4; from += LX * TN) {
        uint q[TN];
        vec4 acc[TM * TN];
        [[unroll]] for (uint t = 0u; t < TN; t++) q[t] = min(from + t * LX + lane, n4 - 1u);
        [[unroll]] for (uint i = 0u; i < TM * TN; i++) acc[i] = vec4(0.0);
        [[dont_unroll]] for (uint l = 0u; l < B4; l += AT_ONCE) {
            vec4 w[4u * AT_ONCE * TN];
            [[unroll]] for (uint e = 0u; e < 4u * AT_ONCE; e++) {
                [[unroll]] for (uint t = 0u; t < TN; t++) w[e * TN + t] = reflector(lo + 4u * l + e, q[t]);
            }
            [[unroll]] for (uint s = 0u; s < AT_ONCE; s++) {
                [[unroll]] for (uint i = 0u; i < TM; i++) {
                    vec4 c = fromQuad(factor[i * B4 + l + s]);
                    [[unroll]] for (uint e = 0u; e < 4u; e++) {
                        [[unroll]] for (uint t = 0u; t < TN; t++) acc[i * TN + t] = fma(vec4(c[e]), w[(4u * s + e) * TN + t], acc[i * TN + t]);
                    }
                }
            }
        }
        [[unroll]] for (uint t = 0u; t < TN; t++) {
            if (from + t * LX + lane < n4) {
                [[unroll]] for (uint i = 0u; i < TM; i++) {
                    vec4 old = stateAt(i, q[t]), v = old - acc[i * TN + t];
                    setState(i, q[t], v);
                    if (HISTORY && exists(i)) h4[push.off_h + (block * push.rows + row0 + i) * n4 + q[t]] = toQuad(row0 + i < push.half_rows ? v : old);
                }
            }
        }
    }
    synchronise();
}

void main() {
    lane = gl_LocalInvocationIndex;
    n4 = (push.n + 3u) / 4u;
    row0 = foldedGroup() * TM;
    if (row0 >= push.rows) return;
    if (push.copy_in != 0u) {
        [[dont_unroll]] for (uint q = lane; q < n4; q += LX) {
            vec4 v[TM];
            [[unroll]] for (uint i = 0u; i < TM; i++) v[i] = given(i, q);
            [[unroll]] for (uint i = 0u; i < TM; i++) setState(i, q, v[i]);
        }
        synchronise();
    }
    [[dont_unroll]] for (uint step = push.first; step < push.first + push.blocks; step++) {
        uint block = TRANSPOSE ? step : push.total - 1u - step, lo = block * BLOCK;
        products(lo, lo / 4u);
        factors(block);
        update(block, lo, lo / 4u);
    }
    if (push.copy_out != 0u) {
        [[dont_unroll]] for (uint q = lane; q < n4; q += LX) {
            [[unroll]] for (uint i = 0u; i < TM; i++) give(i, q, stateAt(i, q));
        }
    }
}
