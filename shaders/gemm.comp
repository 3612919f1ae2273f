// C = φ( (α·op(A)·op(B))·diag(Scale) + β·C + 1·Bias ) + diag(Diag), or the sums of shares of K, for a batch of products. The form for
// drivers that run kernels on a processor; graphics processors are given gemm_staged.
//
// Buffers
//   A      in     M × K, or K × M with TRANS_A, row i at off_a + i·lda
//   B      in     K × N, or N × K with TRANS_B, row i at off_b + i·ldb
//   Scale  in     1 × N, read with HAS_SCALE
//   Bias   in     1 × N, read with HAS_BIAS
//   Diag   in     1 × min(M, N), read with HAS_DIAG
//   C      inout  M × N, row i at off_c + i·ldc; read with HAS_BETA only, so it may hold NaN otherwise. With splits > 1 it is
//                 scratch memory that receives the plain sums: share s of product p is the matrix number p·splits + s, and
//                 stride_c words lie between matrices; gemm_reduce finishes them
//   Product p of a batch begins p·stride_a, p·stride_b, p·stride_c words further. In a repetition of batches p counts the products of all
//   items: another ⌊p/batch⌋ times jump_a, jump_b, jump_c (not for shares), and step_scale, step_bias, step_diag for the vectors.
//
// Work groups: x counts tiles of local_size_x·TN·4 columns, y tiles of local_size_y·TM rows, z is product·splits + share, all three from first_x,
// first_y, first_z on, so that a launch can be a piece of the product. An invocation
// computes TM rows × 4·TN columns. A passes through shared memory in tiles of KC columns (or, without A_SHARED, is loaded where
// it is used, at addresses that a whole work group has in common); B is read where it is used.
// B_VEC and C_VEC say that rows of B and C begin at multiples of 4 words and N is a multiple of 4; A_VEC the same of A and K, and
// that A is not transposed; BT_VEC that rows of a transposed B begin at multiples of 4 words, with K_WHOLE.
// K_WHOLE says that every share of K is a multiple of 4. KC is a multiple of 4.
// TRAPEZOID says that A as stored is zero left of its diagonal: tiles leave out the columns of op(A) that are zero in all of their rows.
// With UPPER zeros are written left of the diagonal of C, and tiles that lie there leave out all of K.
// Rows and columns past the end are computed from clamped addresses and not stored.
//
// Precision: fp32 with fused multiply-add. Each element is one sum over its share of K in ascending order.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(local_size_x = 32, local_size_y = 1, local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint TM = 8;
layout(constant_id = 3) const uint TN = 1;
layout(constant_id = 4) const uint KC = 64;
layout(constant_id = 5) const bool TRANS_A = false;
layout(constant_id = 6) const bool TRANS_B = false;
layout(constant_id = 7) const bool A_SHARED = true;
layout(constant_id = 8) const bool A_VEC = false;
layout(constant_id = 9) const bool B_VEC = false;
layout(constant_id = 10) const bool C_VEC = false;
layout(constant_id = 11) const bool K_WHOLE = false;
layout(constant_id = 12) const bool SPLIT = false;
layout(constant_id = 13) const bool BT_VEC = false;
layout(constant_id = 14) const bool TRAPEZOID = false;

#include "quad.glsl"

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer A4 { QUAD a4[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 1) readonly buffer B4 { QUAD b4[]; };

layout(push_constant) uniform Push {
    uint m, n, k;
    uint lda, ldb, ldc;
    uint stride_a, stride_b, stride_c; // words from one product (or share) to the next
    uint splits;                       // shares of K
    uint share;                        // columns of K in a share, a multiple of 4
    float alpha, beta, slope;
    uint batch, jump_a, jump_b, jump_c, step_scale, step_bias, step_diag;
    uint first_x, first_y, first_z; // the work group that this launch begins with
    uint off_a, off_b, off_scale, off_bias, off_diag, off_c;
} push;

#include "gemm_store.glsl"

const uint LX = gl_WorkGroupSize.x;
const uint LY = gl_WorkGroupSize.y;
const uint BM = LY * TM;
const uint BN = LX * TN * 4;
const uint PITCH = KC + 4; // of rows of A in shared memory, so that they begin in different banks
// Lanes own 4 neighbouring columns where those are moved as vec4, else columns LX apart, so that lanes touch neighbouring words.
const bool WIDE = B_VEC || C_VEC;

shared QUAD tile_a[A_SHARED ? BM * PITCH / 4 : 1];

uint base_a, base_b, row0, col0;

// ownRow returns row i of this invocation in the tile: neighbours of y lie next to each other, in different banks.
uint ownRow(uint i) { return i * LY + gl_LocalInvocationID.y; }

uint column(uint j, uint e) {
    return col0 + (WIDE ? (j * LX + gl_LocalInvocationID.x) * 4 + e : (j * 4 + e) * LX + gl_LocalInvocationID.x);
}

// loadA returns columns at … at + 3 of a row of op(A), zero past k_end.
vec4 loadA(uint row, uint at, uint k_end) {
    if (K_WHOLE) at = min(at, k_end - 4); // a quad is inside or not used at all
    if (A_VEC) return fromQuad(a4[(base_a + row * push.lda + at) / 4]);
    vec4 v;
    [[unroll]] for (uint u = 0; u < 4; u++) {
        uint k = K_WHOLE ? at + u : min(at + u, k_end - 1);
        v[u] = a[base_a + (TRANS_A ? k * push.lda + row : row * push.lda + k)];
        if (!K_WHOLE && at + u >= k_end) v[u] = 0.0;
    }
    return v;
}

// loadB returns 4 columns of row at of op(B), zero past k_end.
vec4 loadB(uvec4 cols, uint at, uint k_end) {
    uint k = min(at, k_end - 1);
    vec4 v;
    if (B_VEC) {
        v = fromQuad(b4[(base_b + k * push.ldb + cols.x) / 4]);
    } else {
        [[unroll]] for (uint e = 0; e < 4; e++) v[e] = b[base_b + (TRANS_B ? cols[e] * push.ldb + k : k * push.ldb + cols[e])];
    }
    return !K_WHOLE && at >= k_end ? vec4(0.0) : v;
}

// Lanes move up to 4 items of a tile a turn, all loads before all stores. Those past the end move the last one again.
const uint ITEMS_A = BM * KC / 4;
const uint AT_ONCE_A = ITEMS_A > 3 * LX * LY ? 4 : (ITEMS_A + LX * LY - 1) / (LX * LY);

// loadTileA fills tile_a[row][depth] with columns k0 … k_end of op(A), zero beyond, 4 columns an item. Lanes follow the rows of A.
void loadTileA(uint k0, uint k_end) {
    [[dont_unroll]] for (uint first = 0; first < ITEMS_A; first += LX * LY * AT_ONCE_A) {
        vec4 v[AT_ONCE_A];
        uint to[AT_ONCE_A];
        [[unroll]] for (uint u = 0; u < AT_ONCE_A; u++) {
            uint e = min(first + u * LX * LY + gl_LocalInvocationIndex, ITEMS_A - 1);
            uint i = TRANS_A ? e % BM : e / (KC / 4), q = TRANS_A ? e / BM : e % (KC / 4);
            to[u] = i * (PITCH / 4) + q;
            v[u] = loadA(min(row0 + i, push.m - 1), k0 + 4 * q, k_end);
        }
        [[unroll]] for (uint u = 0; u < AT_ONCE_A; u++) tile_a[to[u]] = toQuad(v[u]);
    }
}

// depthA returns 4 columns of op(A) from k0 + 4·q on, of row i of this invocation, zero past k_end.
vec4 depthA(uint i, uint k0, uint q, uint k_end) {
    if (A_SHARED) return fromQuad(tile_a[ownRow(i) * (PITCH / 4) + q]);
    return loadA(min(row0 + ownRow(i), push.m - 1), k0 + 4 * q, k_end);
}

void main() {
    uvec3 group = gl_WorkGroupID + uvec3(push.first_x, push.first_y, push.first_z);
    uint product = group.z / push.splits, part = group.z % push.splits;
    uint item = product / push.batch;
    base_a = push.off_a + product * push.stride_a + item * push.jump_a;
    base_b = push.off_b + product * push.stride_b + item * push.jump_b;
    base_scale = push.off_scale + item * push.step_scale;
    base_bias = push.off_bias + item * push.step_bias;
    base_diag = push.off_diag + item * push.step_diag;
    row0 = group.y * BM;
    col0 = group.x * BN;
    uint k_begin = min(part * push.share, push.k), k_end = min(k_begin + push.share, push.k);
    if (TRAPEZOID && TRANS_A) k_end = min(k_end, (row0 + BM + 3) / 4 * 4); // multiples of 4, for K_WHOLE
    if (TRAPEZOID && !TRANS_A) k_begin = max(k_begin, row0 / 4 * 4);
    if (UPPER && col0 + BN <= row0) k_end = k_begin;

    uvec4 cols[TN];
    vec4 acc[TM * TN];
    [[unroll]] for (uint j = 0; j < TN; j++) {
        [[unroll]] for (uint e = 0; e < 4; e++) cols[j][e] = min(column(j, e), push.n - (B_VEC ? 4 - e : 1));
    }
    [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] = vec4(0.0);

    for (uint k0 = k_begin; k0 < k_end; k0 += KC) {
        if (A_SHARED) {
            barrier();
            loadTileA(k0, k_end);
            barrier();
        }
        uint quads = (min(KC, k_end - k0) + 3) / 4;
        [[dont_unroll]] for (uint q = 0; q < quads; q++) {
            vec4 rows[4 * TN];
            if (BT_VEC) {
                [[unroll]] for (uint j = 0; j < TN; j++) {
                    [[unroll]] for (uint e = 0; e < 4; e++) { // 4 rows of op(B) are 4 words of a row of B
                        vec4 v = fromQuad(b4[(base_b + cols[j][e] * push.ldb + min(k0 + 4 * q, k_end - 4)) / 4]);
                        [[unroll]] for (uint u = 0; u < 4; u++) rows[u * TN + j][e] = v[u];
                    }
                }
            } else {
                [[unroll]] for (uint u = 0; u < 4; u++) {
                    [[unroll]] for (uint j = 0; j < TN; j++) rows[u * TN + j] = loadB(cols[j], k0 + 4 * q + u, k_end);
                }
            }
            [[unroll]] for (uint i = 0; i < TM; i++) {
                vec4 x = depthA(i, k0, q, k_end);
                [[unroll]] for (uint u = 0; u < 4; u++) {
                    [[unroll]] for (uint j = 0; j < TN; j++) acc[i * TN + j] = fma(vec4(x[u]), rows[u * TN + j], acc[i * TN + j]);
                }
            }
        }
    }

    uint base_c = push.off_c + (SPLIT ? group.z * push.stride_c : product * push.stride_c + item * push.jump_c);
    [[unroll]] for (uint i = 0; i < TM; i++) {
        uint row = row0 + ownRow(i);
        if (row < push.m) {
            [[unroll]] for (uint j = 0; j < TN; j++) store(base_c, row, column(j, 0), WIDE ? 1 : LX, acc[i * TN + j]);
        }
    }
}
