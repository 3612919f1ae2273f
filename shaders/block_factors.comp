// The factors of blocks of Householder reflectors: A_k = S_k⁻¹, S_k = ½ diag(U_k U_kᵀ) + striu(U_k U_kᵀ) for every block U_k of BLOCK rows of U.
//
// With them Q_k = I − U_kᵀ A_k U_k is the product of the block's reflections (compact WY, Schreiber & Van Loan 1989). A zero
// reflector, and one that does not exist, has a zero row and column in A.
//
// Buffers
//   U   in    m × n, a reflector a row, row j at off_u + j·stride_u; structural zeros hold zeros
//   A   out   K·BLOCK × BLOCK, K = ⌈m/BLOCK⌉, row j at off_a + j·stride_a: the blocks one below the other
//
// Work groups: x counts blocks. First the Gram matrix in tiles of TS × TS elements on and above the diagonal: PARTS lanes share a
// tile's columns out, each taking every PARTS-th vec4; with APART, for a tile a turn only, those on the diagonal leave
// out what is below it. Then BLOCK/4 lanes solve S a = e by back substitution, four columns of A each and four rows at a time; what
// a lane has of A lies in shared memory, where no other looks at it. The columns before the block's first are structural zeros and
// are left out. VEC says that rows of U and A begin at multiples of four words and n is a multiple of four.
//
// Precision: fp32 with fused multiply-add. An element of S is PARTS sums over rising columns, added in order; a sum of the
// substitution is over rising reflectors.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(local_size_x = 128, local_size_x_id = 0) in;
layout(constant_id = 3) const uint TS = 4;
layout(constant_id = 4) const uint PARTS = 2;
layout(constant_id = 5) const bool APART = false;

#include "block_factors.glsl"

const uint SIDE = BLOCK / TS;       // tiles of a side
const uint AT_ONCE = LX / PARTS;    // tiles of a turn
const uint TILE4 = TS * TS / 4;

shared QUAD part[LX * TILE4];

// tileSums computes this lane's share of the tile that begins at row i and column j of the block's Gram matrix.
void tileSums(uint lo, uint i, uint j, uint p) {
    vec4 acc[TILE4];
    [[unroll]] for (uint e = 0u; e < TILE4; e++) acc[e] = vec4(0.0);
    uint n4 = (push.n + 3u) / 4u;
    [[dont_unroll]] for (uint q = (lo + j) / 4u + p; q < n4; q += PARTS) { // row j of the block begins at column j
        vec4 right[TS];
        [[unroll]] for (uint c = 0u; c < TS; c++) right[c] = reflector(lo + j + c, q);
        if (APART && i == j) { // the whole work group
            [[unroll]] for (uint r = 0u; r < TS; r++) {
                [[unroll]] for (uint e = 0u; e < 4u; e++) {
                    [[unroll]] for (uint c = r; c < TS; c++) {
                        uint at = c * TS + r;
                        acc[at / 4u][at % 4u] = fma(right[r][e], right[c][e], acc[at / 4u][at % 4u]);
                    }
                }
            }
        } else {
            [[unroll]] for (uint r = 0u; r < TS; r++) {
                vec4 left = !APART && i == j ? right[r] : reflector(lo + i + r, q);
                [[unroll]] for (uint e = 0u; e < 4u; e++) {
                    [[unroll]] for (uint c = 0u; c < TS; c++) {
                        uint at = c * TS + r;
                        acc[at / 4u][at % 4u] = fma(left[e], right[c][e], acc[at / 4u][at % 4u]);
                    }
                }
            }
        }
    }
    [[unroll]] for (uint e = 0u; e < TILE4; e++) part[gl_LocalInvocationIndex * TILE4 + e] = toQuad(acc[e]);
}

void main() {
    uint lane = gl_LocalInvocationIndex, lo = gl_WorkGroupID.x * BLOCK;
    [[dont_unroll]] for (uint turn = 0u; turn < SIDE * SIDE; turn += AT_ONCE) {
        uint tile = turn + lane / PARTS, i = tile / SIDE * TS, j = tile % SIDE * TS;
        if (tile < SIDE * SIDE && i <= j && lo + j < push.m) tileSums(lo, i, j, lane % PARTS);
        barrier();
        [[dont_unroll]] for (uint e = lane; e < AT_ONCE * TILE4; e += LX) {
            uint of = turn + e / TILE4, at = e % TILE4;
            if (of < SIDE * SIDE && of / SIDE <= of % SIDE && lo + of % SIDE * TS < push.m) {
                uint from = e / TILE4 * PARTS * TILE4 + at;
                vec4 v = fromQuad(part[from]);
                [[unroll]] for (uint p = 1u; p < PARTS; p++) v += fromQuad(part[from + p * TILE4]);
                gram[(of % SIDE * TS + at / (TS / 4u)) * B4 + of / SIDE * (TS / 4u) + at % (TS / 4u)] = toQuad(v);
            }
        }
        barrier();
    }
    substitute(lane, lo);
}
