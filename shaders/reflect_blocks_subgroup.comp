// What reflect_blocks computes, for drivers where every load of an invocation costs as much as dozens of multiplications: lanes load
// different values and hand them to one another. The buffers and push constants are those of reflect_blocks.comp:
//
//   C = X U_kᵀ,   E = C A_kᵀ (Q_k) or C A_k (Q_kᵀ, TRANSPOSE),   X ← X − E U_k
//
// Work groups: of one subgroup, whose size the host sets as local_size_x; folded over x and y, they count TM rows. Lane l holds vec4 l, l + L, … of every
// row: for C and E those of the block's reflectors, in registers; of the state those of the columns, which therefore no other lane
// reads or writes, in buffer S. There is no shared memory and no barrier.
//
// Precision: fp32 with fused multiply-add; every sum is over rising columns or reflectors. Results do not depend on TM.
#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(local_size_x = 32, local_size_x_id = 0) in;

#include "fold.glsl"
#include "reflect_blocks.glsl"

const uint OWN = B4 > LX ? B4 / LX : 1;  // vec4 of a row of C or E that a lane holds
const uint LANES = B4 > LX ? LX : B4;    // lanes that hold some

vec4 coeff[TM * OWN];  // C
vec4 factor[TM * OWN]; // E

// owned returns the vec4 of a row of C or E that this lane holds as its s-th; lanes beyond the row repeat the last.
uint owned(uint s) { return min(s * LX + lane, B4 - 1u); }

uint stateIndex(uint i, uint q) { return push.off_s + rowOf(i) * (push.stride_s / 4u) + q; }

// products computes C = X U_kᵀ from vec4 column q0 on, a multiple of LX.
void products(uint lo, uint q0) {
    [[unroll]] for (uint i = 0u; i < TM * OWN; i++) coeff[i] = vec4(0.0);
    [[dont_unroll]] for (uint from = q0; from < n4; from += LX) {
        vec4 mine[TM];
        [[unroll]] for (uint i = 0u; i < TM; i++) mine[i] = fromQuad(s4[stateIndex(i, min(from + lane, n4 - 1u))]);
        uint columns = min(LX, n4 - from);
        [[dont_unroll]] for (uint k = 0u; k < columns; k++) {
            [[unroll]] for (uint s = 0u; s < OWN; s++) {
                vec4 w[4];
                [[unroll]] for (uint c = 0u; c < 4u; c++) w[c] = reflector(lo + 4u * owned(s) + c, from + k);
                [[unroll]] for (uint i = 0u; i < TM; i++) {
                    vec4 v = subgroupShuffle(mine[i], k);
                    [[unroll]] for (uint e = 0u; e < 4u; e++) {
                        [[unroll]] for (uint c = 0u; c < 4u; c++) coeff[i * OWN + s][c] = fma(v[e], w[c][e], coeff[i * OWN + s][c]);
                    }
                }
            }
        }
    }
}

// factors computes E from C.
void factors(uint block) {
    [[unroll]] for (uint i = 0u; i < TM * OWN; i++) factor[i] = vec4(0.0);
    [[unroll]] for (uint s = 0u; s < OWN; s++) {
        [[dont_unroll]] for (uint k = 0u; k < LANES; k++) {
            uint l = s * LX + k;
            [[unroll]] for (uint t = 0u; t < OWN; t++) {
                uint j = owned(t);
                vec4 w[4];
                [[unroll]] for (uint e = 0u; e < 4u; e++) w[e] = TRANSPOSE ? triangle(block * BLOCK + 4u * l + e, j) : triangle(block * BLOCK + 4u * j + e, l);
                [[unroll]] for (uint i = 0u; i < TM; i++) {
                    vec4 c = subgroupShuffle(coeff[i * OWN + s], k);
                    [[unroll]] for (uint e = 0u; e < 4u; e++) {
                        if (TRANSPOSE) {
                            factor[i * OWN + t] = fma(vec4(c[e]), w[e], factor[i * OWN + t]);
                        } else {
                            [[unroll]] for (uint f = 0u; f < 4u; f++) factor[i * OWN + t][e] = fma(c[f], w[e][f], factor[i * OWN + t][e]);
                        }
                    }
                }
            }
        }
    }
    if (!HISTORY) return;
    [[unroll]] for (uint t = 0u; t < OWN; t++) {
        [[unroll]] for (uint i = 0u; i < TM; i++) {
            if (exists(i) && t * LX + lane < B4) e4[push.off_e + (block * push.rows + row0 + i) * B4 + owned(t)] = toQuad(factor[i * OWN + t]);
        }
    }
}

// update subtracts E U_k from vec4 columns q0 … of X, q0 a multiple of LX.
void update(uint block, uint lo, uint q0) {
    [[dont_unroll]] for (uint from = q0; from < n4; from += LX) {
        uint q = min(from + lane, n4 - 1u);
        vec4 acc[TM];
        [[unroll]] for (uint i = 0u; i < TM; i++) acc[i] = vec4(0.0);
        [[unroll]] for (uint s = 0u; s < OWN; s++) {
            [[dont_unroll]] for (uint k = 0u; k < LANES; k++) {
                vec4 w[4];
                [[unroll]] for (uint e = 0u; e < 4u; e++) w[e] = reflector(lo + 4u * (s * LX + k) + e, q);
                [[unroll]] for (uint i = 0u; i < TM; i++) {
                    vec4 c = subgroupShuffle(factor[i * OWN + s], k);
                    [[unroll]] for (uint e = 0u; e < 4u; e++) acc[i] = fma(vec4(c[e]), w[e], acc[i]);
                }
            }
        }
        if (from + lane < n4) {
            [[unroll]] for (uint i = 0u; i < TM; i++) {
                if (exists(i)) {
                    uint at = stateIndex(i, q);
                    vec4 old = fromQuad(s4[at]), v = old - acc[i];
                    s4[at] = toQuad(v);
                    if (HISTORY) h4[push.off_h + (block * push.rows + row0 + i) * n4 + q] = toQuad(row0 + i < push.half_rows ? v : old);
                }
            }
        }
    }
}

void main() {
    lane = gl_LocalInvocationIndex;
    n4 = (push.n + 3u) / 4u;
    row0 = foldedGroup() * TM;
    if (row0 >= push.rows) return;
    if (push.copy_in != 0u) {
        [[dont_unroll]] for (uint q = lane; q < n4; q += LX) {
            [[unroll]] for (uint i = 0u; i < TM; i++) {
                vec4 v = given(i, q);
                if (exists(i)) s4[stateIndex(i, q)] = toQuad(v);
            }
        }
    }
    [[dont_unroll]] for (uint step = push.first; step < push.first + push.blocks; step++) {
        uint block = TRANSPOSE ? step : push.total - 1u - step, lo = block * BLOCK, q0 = lo / 4u / LX * LX;
        products(lo, q0);
        factors(block);
        update(block, lo, q0);
    }
    if (push.copy_out != 0u) {
        [[dont_unroll]] for (uint q = lane; q < n4; q += LX) {
            [[unroll]] for (uint i = 0u; i < TM; i++) give(i, q, fromQuad(s4[stateIndex(i, q)]));
        }
    }
}
