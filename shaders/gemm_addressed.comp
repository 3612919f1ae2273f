// Sums of shares of K of C = Aᵀ·B, for a batch of products, read by address (lib/lanes.glsl): for drivers that run kernels on a processor and load
// what lanes have in common once. gemm_reduce adds the shares.
//
// Buffers
//   A  in   K × M, row i at off_a + i·lda
//   B  in   K × N, row i at off_b + i·ldb
//   C  out  M × N, row i at off_c + i·ldc: share s of product p is the matrix number p·splits + s, stride_c words lie between matrices
//   Product p of a batch begins p·stride_a and p·stride_b words further; in a repetition of batches p counts the products of all items, another
//   ⌊p/batch⌋ times jump_a and jump_b. M is a multiple of 4, N of 16, and K at least TURN.
//
// Work groups: 8 lanes, one subgroup. x counts blocks of COLS columns, y blocks of ROWS rows, z is product·splits + share, all three from first_x,
// first_y, first_z on, so that a launch can be a piece of the product. An invocation takes 4 rows × 2 columns at a time, 8 columns apart, and TURN rows of A
// and B at once. ROWS is a multiple of 4, COLS of 16.
//
// Precision: fp32 with fused multiply-add. Each element is one sum over its share of K in ascending order.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_buffer_reference : require
#extension GL_KHR_shader_subgroup_basic : require
#include "lanes.glsl"
#endif

layout(local_size_x = 8, local_size_x_id = 0) in;
layout(constant_id = 1) const uint ROWS = 32;
layout(constant_id = 2) const uint COLS = 128;
layout(constant_id = 3) const uint TURN = 16;

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) writeonly buffer C { float c[]; };

layout(push_constant) uniform Push {
    uint m, n, k;
    uint splits, share; // shares of K, and rows of one
    uint low_a, high_a, low_b, high_b; // addresses of A and B
    uint lda, ldb, ldc;
    uint stride_a, stride_b, stride_c;
    uint batch, jump_a, jump_b;
    uint off_a, off_b, off_c;
    uint first_x, first_y, first_z; // the work group that this launch begins with
} push;

// PLACE is where a word of an operand is: its address, or its number in the buffer.
#ifdef INT64

#define PLACE uint64_t
const uint64_t WORD = 4;

uint64_t placeA(uint at) { return pack64(uvec2(push.low_a, push.high_a)) + WORD * at; }

uint64_t placeB(uint at) { return pack64(uvec2(push.low_b, push.high_b)) + WORD * at; }

float wordA(uint64_t at) { return commonWord(at); }

float wordB(uint64_t at) { return laneWord(at); }

#else

#define PLACE uint
const uint WORD = 1;

uint placeA(uint at) { return at; }

uint placeB(uint at) { return at; }

float wordA(uint at) { return a[at]; }

float wordB(uint at) { return b[at + gl_LocalInvocationID.x]; }

#endif

const uint TM = 4, TN = 2;

// ADDED adds the products of count rows from row k on, or of the last rows where k is past them: a loop's body is carried out once more when
// all lanes have left it, and what is loaded by address must be there then.
#define ADDED(count)                                                                                                                    \
    {                                                                                                                                   \
        uint at = min(k, push.k - (count));                                                                                             \
        PLACE at_a = placeA(base_a + at * push.lda), at_b = placeB(base_b + at * push.ldb);                                             \
        [[unroll]] for (uint r = 0; r < (count); r++) {                                                                                 \
            float w[TN];                                                                                                                \
            [[unroll]] for (uint j = 0; j < TN; j++) w[j] = wordB(at_b + 8 * WORD * j);                                                 \
            [[unroll]] for (uint i = 0; i < TM; i++) {                                                                                  \
                float x = wordA(at_a + WORD * i);                                                                                       \
                [[unroll]] for (uint j = 0; j < TN; j++) own[i * TN + j] = fma(x, w[j], own[i * TN + j]);                               \
            }                                                                                                                           \
            at_a += WORD * push.lda;                                                                                                    \
            at_b += WORD * push.ldb;                                                                                                    \
        }                                                                                                                               \
    }

void main() {
    uvec3 group = gl_WorkGroupID + uvec3(push.first_x, push.first_y, push.first_z);
    uint product = group.z / push.splits, part = group.z % push.splits, item = product / push.batch;
    uint begin = min(part * push.share, push.k), end = min(begin + push.share, push.k);
    uint row0 = group.y * ROWS, col0 = group.x * COLS;
    [[dont_unroll]] for (uint col = col0; col < min(col0 + COLS, push.n); col += 8 * TN) {
        [[dont_unroll]] for (uint row = row0; row < min(row0 + ROWS, push.m); row += TM) {
            uint base_a = push.off_a + product * push.stride_a + item * push.jump_a + min(row, push.m - TM);
            uint base_b = push.off_b + product * push.stride_b + item * push.jump_b + min(col, push.n - 8 * TN);
            float own[TM * TN];
            [[unroll]] for (uint i = 0; i < TM * TN; i++) own[i] = 0.0;
            uint k = begin;
            [[dont_unroll]] for (; k + TURN <= end; k += TURN) ADDED(TURN)
            [[dont_unroll]] for (; k < end; k++) ADDED(1)
            uint at = push.off_c + group.z * push.stride_c + row * push.ldc + col + gl_LocalInvocationID.x;
            [[unroll]] for (uint i = 0; i < TM; i++) {
                [[unroll]] for (uint j = 0; j < TN; j++) c[at + i * push.ldc + 8 * j] = own[i * TN + j];
            }
        }
    }
}
