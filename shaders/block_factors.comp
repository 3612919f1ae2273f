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
// tile's columns out, each taking every PARTS-th vec4. Then BLOCK/4 lanes solve S a = e by back substitution, four columns of A
// each and four rows at a time; what a lane has of A lies in shared memory, where no other looks at it. The columns before the block's first are structural zeros and are left out.
// VEC says that rows of U and A begin at multiples of four words and n is a multiple of four.
//
// Precision: fp32 with fused multiply-add. An element of S is PARTS sums over rising columns, added in order; a sum of the
// substitution is over rising reflectors.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

#include "quad.glsl"

layout(local_size_x = 128, local_size_x_id = 0) in;
layout(constant_id = 1) const uint TS = 4;
layout(constant_id = 2) const uint PARTS = 2;
layout(constant_id = 3) const uint BLOCK = 32;
layout(constant_id = 4) const bool VEC = false;

layout(set = 0, binding = 0) readonly buffer U { float u[]; };
layout(set = 0, binding = 0) readonly buffer U4 { QUAD u4[]; };
layout(set = 0, binding = 1) writeonly buffer A { float a[]; };
layout(set = 0, binding = 1) writeonly buffer A4 { QUAD a4[]; };

layout(push_constant) uniform Push {
    uint m, n;
    uint stride_u, stride_a;
    uint off_u, off_a;
} push;

const uint LX = gl_WorkGroupSize.x;
const uint SIDE = BLOCK / TS;       // tiles of a side
const uint AT_ONCE = LX / PARTS;    // tiles of a turn
const uint TILE4 = TS * TS / 4;
const uint B4 = BLOCK / 4;

shared QUAD part[LX * TILE4];
shared QUAD gram[BLOCK * B4];    // UUᵀ by columns, where tiles on and above the diagonal lie
shared QUAD inverse[BLOCK * B4]; // A by rows

// reflector returns vec4 column q of row j of U, zero past the end of the row.
vec4 reflector(uint j, uint q) {
    uint at = push.off_u + min(j, push.m - 1u) * push.stride_u + 4u * q;
    if (VEC) return fromQuad(u4[at / 4u]);
    vec4 v = vec4(0.0);
    [[unroll]] for (uint e = 0u; e < 4u; e++) {
        if (4u * q + e < push.n) v[e] = u[at + e];
    }
    return v;
}

// tileSums computes this lane's share of the tile that begins at row i and column j of the block's Gram matrix.
void tileSums(uint lo, uint i, uint j, uint p) {
    vec4 acc[TILE4];
    [[unroll]] for (uint e = 0u; e < TILE4; e++) acc[e] = vec4(0.0);
    uint n4 = (push.n + 3u) / 4u;
    [[dont_unroll]] for (uint q = (lo + j) / 4u + p; q < n4; q += PARTS) { // row j of the block begins at column j
        vec4 right[TS];
        [[unroll]] for (uint c = 0u; c < TS; c++) right[c] = reflector(lo + j + c, q);
        [[unroll]] for (uint r = 0u; r < TS; r++) {
            vec4 left = i == j ? right[r] : reflector(lo + i + r, q);
            [[unroll]] for (uint e = 0u; e < 4u; e++) {
                [[unroll]] for (uint c = 0u; c < TS; c++) {
                    uint at = c * TS + r;
                    acc[at / 4u][at % 4u] = fma(left[e], right[c][e], acc[at / 4u][at % 4u]);
                }
            }
        }
    }
    [[unroll]] for (uint e = 0u; e < TILE4; e++) part[gl_LocalInvocationIndex * TILE4 + e] = toQuad(acc[e]);
}

void store(uint row, uint q, vec4 v) {
    uint at = push.off_a + row * push.stride_a + 4u * q;
    if (VEC) {
        a4[at / 4u] = toQuad(v);
        return;
    }
    [[unroll]] for (uint e = 0u; e < 4u; e++) a[at + e] = v[e];
}

void main() {
    uint lane = gl_LocalInvocationIndex, lo = gl_WorkGroupID.x * BLOCK;
    uint size = min(BLOCK, push.m - lo); // reflectors of the block
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
    [[dont_unroll]] for (uint col = lane; col < B4; col += LX) {
        [[dont_unroll]] for (uint up = 0u; up < B4; up++) {
            uint q = B4 - 1u - up, i = 4u * q;
            vec4 rest[4];
            [[unroll]] for (uint e = 0u; e < 4u; e++) rest[e] = mix(vec4(0.0), vec4(1.0), equal(4u * col + uvec4(0u, 1u, 2u, 3u), uvec4(i + e)));
            [[dont_unroll]] for (uint l = i + 4u; l < size; l++) {
                vec4 s = fromQuad(gram[l * B4 + q]), below = fromQuad(inverse[l * B4 + col]);
                [[unroll]] for (uint e = 0u; e < 4u; e++) rest[e] = fma(vec4(-s[e]), below, rest[e]);
            }
            [[unroll]] for (uint back = 0u; back < 4u; back++) {
                const uint e = 3u - back;
                vec4 s = i + e < size ? fromQuad(gram[(i + e) * B4 + q]) : vec4(0.0), v = vec4(0.0);
                if (s[e] != 0.0) v = rest[e] / (0.5 * s[e]);
                [[unroll]] for (uint f = 0u; f < e; f++) rest[f] = fma(vec4(-s[f]), v, rest[f]);
                inverse[(i + e) * B4 + col] = toQuad(v);
                store(lo + i + e, col, v);
            }
        }
    }
}
