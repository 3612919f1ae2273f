// C = φ( (α·op(A)·op(B))·diag(Scale) + β·C + 1·Bias ) + diag(Diag), or the sums of shares of K, for a batch of products. The form for
// graphics processors: both operands pass through shared memory.
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
// computes TM rows × 4·TN columns, both in groups of four neighbours. Tiles of KC columns of op(A) and rows of op(B) pass through shared memory; the next
// ones are on their way from the buffers to registers while one is multiplied. With BUFFERS = 2 there are two of each in shared memory,
// and a work group meets once a tile instead of twice. All of the local sizes, TM, 4·TN and KC are powers of two, TM at least 4, and a work group has at least as many
// invocations as a tile has groups of four rows or columns, and as KC.
// local_size_z = PARTS, a power of two: so many parts of a work group take a part of K each, of its share of it, with tiles of their own, and their
// sums are added in shared memory, which takes 2·LX·TN ≤ KC.
// A_VEC, B_VEC and C_VEC say that rows begin at multiples of 4 words and have a multiple of 4 columns; with TRANS_B or without
// TRANS_A that takes K_WHOLE, which says that every share of K is a multiple of 4.
// TRAPEZOID says that A as stored is zero left of its diagonal: tiles leave out the columns of op(A) that are zero in all of their rows.
// With UPPER zeros are written left of the diagonal of C, and tiles that lie there leave out all of K.
// Rows and columns past the end are computed from clamped addresses and not stored.
//
// Precision: fp32 with fused multiply-add. Each element is one sum over its share of K in ascending order, or as many as there are parts, added up a tree.
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x = 16, local_size_y = 16, local_size_z = 1, local_size_x_id = 0, local_size_y_id = 1, local_size_z_id = 14) in;
layout(constant_id = 2) const uint TM = 8;
layout(constant_id = 3) const uint TN = 2;
layout(constant_id = 4) const uint KC = 16;
layout(constant_id = 5) const uint BUFFERS = 1;
layout(constant_id = 6) const bool TRANS_A = false;
layout(constant_id = 7) const bool TRANS_B = false;
layout(constant_id = 8) const bool A_VEC = false;
layout(constant_id = 9) const bool B_VEC = false;
layout(constant_id = 10) const bool C_VEC = false;
layout(constant_id = 11) const bool K_WHOLE = false;
layout(constant_id = 12) const bool SPLIT = false;
layout(constant_id = 13) const bool TRAPEZOID = false;

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 1) readonly buffer B4 { vec4 b4[]; };

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
const uint PARTS = gl_WorkGroupSize.z;
const uint ALL = LX * LY; // invocations of a part
const uint BM = LY * TM;
const uint BN = LX * TN * 4;
const uint D4 = KC / 4;

// An operand whose rows in memory run along K (ALONG_A, TRANS_B) lies so in shared memory, too: groups of four rows of KC, with a vec4 between the groups, so
// that those begin in different banks. The other lies there in KC rows of BM or BN.
const bool ALONG_A = !TRANS_A;
const uint SIZE_A = ALONG_A ? BM / 4 * (KC + 1) : BM / 4 * KC;
const uint SIZE_B = TRANS_B ? BN / 4 * (KC + 1) : BN / 4 * KC;

shared vec4 tile_a[PARTS * BUFFERS * SIZE_A]; // of each part, one behind the other
shared vec4 tile_b[PARTS * BUFFERS * SIZE_B];

// The vec4 of a tile are numbered as they lie in memory: item e is the vec4 e % D4 of row e / D4 of an operand along K, and e % (BM / 4) of
// row e / (BM / 4) of the other. An invocation moves items e, e + ALL, …: the same vec4 of rows that lie STEP apart.
const uint ITEMS_A = BM * D4;
const uint ITEMS_B = BN * D4;
const uint TURNS_A = (ITEMS_A + ALL - 1) / ALL;
const uint TURNS_B = (ITEMS_B + ALL - 1) / ALL;
const uint ACROSS_A = ALONG_A ? D4 : BM / 4;
const uint ACROSS_B = TRANS_B ? D4 : BN / 4;
const uint STEP_A = ALL / ACROSS_A;
const uint STEP_B = ALL / ACROSS_B;

uint base_a, base_b, row0, col0;

uint lane() { return gl_LocalInvocationIndex % ALL; }

// Invocations are 8 × 4 neighbours after one another, not rows of the work group: what they read of the tiles together is then least.
const bool BLOCKS = LX % 8 + LY % 4 == 0;

uint ownX() { return BLOCKS ? lane() / 32 % (LX / 8) * 8 + lane() % 8 : gl_LocalInvocationID.x; }

uint ownY() { return BLOCKS ? lane() / 32 / (LX / 8) * 4 + lane() / 8 % 4 : gl_LocalInvocationID.y; }

vec4 next_a[TURNS_A];
vec4 next_b[TURNS_B];

// With A_VEC and B_VEC: where the items are in the buffers, in vec4, at k = 0 of their part of K, and the last row of an operand across K.
uint from_a[TURNS_A];
uint from_b[TURNS_B];
uint last_a, last_b;

void locate(uint k_end) {
    uint row = lane() / ACROSS_A, at = lane() % ACROSS_A;
    [[unroll]] for (uint t = 0; t < TURNS_A; t++) {
        if (ALONG_A) from_a[t] = (base_a + min(row0 + row + t * STEP_A, push.m - 1) * push.lda) / 4;
        else from_a[t] = (base_a + min(row0 + 4 * at, push.m - 4)) / 4 + (row + t * STEP_A) * (push.lda / 4);
    }
    last_a = (base_a + min(row0 + 4 * at, push.m - 4)) / 4 + (k_end - 1) * (push.lda / 4);
    row = lane() / ACROSS_B, at = lane() % ACROSS_B;
    [[unroll]] for (uint t = 0; t < TURNS_B; t++) {
        if (TRANS_B) from_b[t] = (base_b + min(col0 + row + t * STEP_B, push.n - 1) * push.ldb) / 4;
        else from_b[t] = (base_b + min(col0 + 4 * at, push.n - 4)) / 4 + (row + t * STEP_B) * (push.ldb / 4);
    }
    last_b = (base_b + min(col0 + 4 * at, push.n - 4)) / 4 + (k_end - 1) * (push.ldb / 4);
}

// itemA returns item e of the tile of op(A) from column k0 on, zero past k_end, one word after the other.
vec4 itemA(uint e, uint k0, uint k_end) {
    uint row = e / ACROSS_A, at = 4 * (e % ACROSS_A);
    vec4 v;
    [[unroll]] for (uint u = 0; u < 4; u++) {
        uint i = row0 + (ALONG_A ? row : at + u), k = k0 + (ALONG_A ? at + u : row);
        uint i_in = min(i, push.m - 1), k_in = min(k, k_end - 1);
        v[u] = a[base_a + (ALONG_A ? i_in * push.lda + k_in : k_in * push.lda + i_in)];
        if (!K_WHOLE && k >= k_end) v[u] = 0.0;
    }
    return v;
}

// itemB returns item e of the tile of op(B) from row k0 on, zero past k_end, one word after the other.
vec4 itemB(uint e, uint k0, uint k_end) {
    uint row = e / ACROSS_B, at = 4 * (e % ACROSS_B);
    vec4 v;
    [[unroll]] for (uint u = 0; u < 4; u++) {
        uint j = col0 + (TRANS_B ? row : at + u), k = k0 + (TRANS_B ? at + u : row);
        uint j_in = min(j, push.n - 1), k_in = min(k, k_end - 1);
        v[u] = b[base_b + (TRANS_B ? j_in * push.ldb + k_in : k_in * push.ldb + j_in)];
        if (!K_WHOLE && k >= k_end) v[u] = 0.0;
    }
    return v;
}

// fetch loads this invocation's items of the tiles from k0 on. What lies past k_end is zero, or with K_WHOLE not used.
void fetch(uint k0, uint k_end) {
    uint along = min(k0 / 4 + lane() % D4, k_end / 4 - 1), across = k0 * (push.lda / 4);
    [[unroll]] for (uint t = 0; t < TURNS_A; t++) {
        if (!A_VEC) {
            next_a[t] = itemA(min(t * ALL + lane(), ITEMS_A - 1), k0, k_end);
        } else if (ALONG_A) {
            next_a[t] = a4[from_a[t] + along];
        } else {
            next_a[t] = a4[min(from_a[t] + across, last_a)];
            if (!K_WHOLE && k0 + lane() / ACROSS_A + t * STEP_A >= k_end) next_a[t] = vec4(0.0);
        }
    }
    across = k0 * (push.ldb / 4);
    [[unroll]] for (uint t = 0; t < TURNS_B; t++) {
        if (!B_VEC) {
            next_b[t] = itemB(min(t * ALL + lane(), ITEMS_B - 1), k0, k_end);
        } else if (TRANS_B) {
            next_b[t] = b4[from_b[t] + along];
        } else {
            next_b[t] = b4[min(from_b[t] + across, last_b)];
            if (!K_WHOLE && k0 + lane() / ACROSS_B + t * STEP_B >= k_end) next_b[t] = vec4(0.0);
        }
    }
}

// put stores what fetch loaded in a buffer of shared memory. Item e of an operand along K lies behind e / KC spare vec4.
void put(uint buffer_) {
    uint to_a = buffer_ * SIZE_A + lane() + (ALONG_A ? lane() / KC : 0), to_b = buffer_ * SIZE_B + lane() + (TRANS_B ? lane() / KC : 0);
    [[unroll]] for (uint t = 0; t < TURNS_A; t++) {
        if (ITEMS_A % ALL == 0 || t * ALL + lane() < ITEMS_A) tile_a[to_a + t * (ALL + (ALONG_A ? ALL / KC : 0))] = next_a[t];
    }
    [[unroll]] for (uint t = 0; t < TURNS_B; t++) {
        if (ITEMS_B % ALL == 0 || t * ALL + lane() < ITEMS_B) tile_b[to_b + t * (ALL + (TRANS_B ? ALL / KC : 0))] = next_b[t];
    }
}

vec4 acc[TM * TN];

// Columns of op(A) that are multiplied at once: four are one vec4 of an operand along K; else fewer take fewer registers.
const uint PER = ALONG_A ? 4 : TRANS_B ? 4 : 2;

// multiply adds the products of the first columns and rows of the tiles in a buffer of shared memory, a multiple of four.
void multiply(uint buffer_, uint depth) {
    uint at_a = buffer_ * SIZE_A + ownY() * (ALONG_A ? KC + 1 : 1), at_b = buffer_ * SIZE_B + ownX() * (TRANS_B ? KC + 1 : 1);
    [[dont_unroll]] for (uint k = 0; k < depth; k += PER) {
        vec4 rows[PER * TN];
        [[unroll]] for (uint j = 0; j < TN; j++) {
            if (TRANS_B) {
                [[unroll]] for (uint e = 0; e < 4; e++) {
                    vec4 v = tile_b[at_b + j * LX * (KC + 1) + e * D4 + k / 4]; // 4 rows of column e
                    [[unroll]] for (uint u = 0; u < PER; u++) rows[u * TN + j][e] = v[u];
                }
            } else {
                [[unroll]] for (uint u = 0; u < PER; u++) rows[u * TN + j] = tile_b[at_b + (k + u) * (BN / 4) + j * LX];
            }
        }
        [[unroll]] for (uint g = 0; g < TM / 4; g++) {
            vec4 x[4]; // of rows of op(A), PER columns
            if (ALONG_A) {
                [[unroll]] for (uint i = 0; i < 4; i++) x[i] = tile_a[at_a + g * LY * (KC + 1) + i * D4 + k / 4];
            } else {
                [[unroll]] for (uint u = 0; u < PER; u++) {
                    vec4 v = tile_a[at_a + (k + u) * (BM / 4) + g * LY]; // column u of 4 rows
                    [[unroll]] for (uint i = 0; i < 4; i++) x[i][u] = v[i];
                }
            }
            [[unroll]] for (uint u = 0; u < PER; u++) {
                [[unroll]] for (uint i = 0; i < 4; i++) {
                    [[unroll]] for (uint j = 0; j < TN; j++) acc[(4 * g + i) * TN + j] = fma(vec4(x[i][u]), rows[u * TN + j], acc[(4 * g + i) * TN + j]);
                }
            }
        }
    }
}

// addParts adds the sums of the parts in pairs that lie half of what is left apart, through the memory of the tiles; part 0 has the result.
void addParts(uint own) {
    [[unroll]] for (uint half_ = PARTS / 2; half_ > 0; half_ /= 2) {
        barrier();
        if (own >= half_ && own < 2 * half_) {
            [[unroll]] for (uint i = 0; i < TM * TN; i++) tile_a[((own - half_) * TM * TN + i) * ALL + lane()] = acc[i];
        }
        barrier();
        if (own < half_) {
            [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] += tile_a[(own * TM * TN + i) * ALL + lane()];
        }
    }
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

    uint turns = (k_end - min(k_begin, k_end) + PARTS * KC - 1) / (PARTS * KC), own = gl_LocalInvocationID.z;
    if (PARTS > 1) { // the columns of K that this part takes
        k_begin = min(k_begin + own * turns * KC, k_end);
        k_end = min(k_begin + turns * KC, k_end);
    }
    [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] = vec4(0.0);
    if (k_begin < k_end) {
        locate(k_end);
        fetch(k_begin, k_end);
    }
    uint turn = 0, k0 = k_begin;
    for (uint t = 0; t < turns; t++, k0 += KC) {
        if (BUFFERS == 1) barrier(); // all have read the tiles before
        if (PARTS == 1 || k0 < k_end) put(own * BUFFERS + turn);
        barrier();
        if (k0 + KC < k_end) fetch(k0 + KC, k_end);
        if (PARTS == 1 || k0 < k_end) multiply(own * BUFFERS + turn, (min(KC, k_end - k0) + 3) / 4 * 4);
        if (BUFFERS == 2) turn = 1 - turn; // what was read before put came to the barrier is free now
    }
    if (PARTS > 1) {
        addParts(own);
        if (own > 0) return;
    }

    uint base_c = push.off_c + (SPLIT ? group.z * push.stride_c : product * push.stride_c + item * push.jump_c);
    [[unroll]] for (uint i = 0; i < TM; i++) {
        uint row = row0 + 4 * (i / 4 * LY + ownY()) + i % 4;
        if (row < push.m) {
            [[unroll]] for (uint j = 0; j < TN; j++) store(base_c, row, col0 + 4 * (j * LX + ownX()), 1, acc[i * TN + j]);
        }
    }
}
