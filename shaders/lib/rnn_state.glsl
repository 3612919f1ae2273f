// The part that the forward and the backward recurrence share: a work group keeps the state of TM sequences (N values each) in
// shared memory and multiplies it by a matrix that rnn_pack laid out, P (4·N4 × 4·N4, zero where it pads, in blocks of columns), once for every time step:
//
//   sum = state · P     (TM × N)
//
// Lane x of local_size_x owns the vec4 columns x, x + local_size_x, … (TN of them). With local_size_y > 1 the sum over the rows
// of P is shared out: lane y adds up its part, and the parts are added in ascending order through shared memory. The order of
// sums depends on N and on local_size_y only. Of its part an invocation holds the first KEEP vec4 rows in registers through all time steps,
// from keep() on, and reads the others in every step, TURN vec4 rows at once: with KEEP = KSHARE a step reads nothing but the state. Each step calls multiply(), then sumAt() for the elements it owns, stores what
// comes out with setState(), and ends with barrier(). The elements are walked over in loops, ROWS_AT_ONCE rows a turn, all
// loads before all stores, and not all at once: what is done to each is much code beside the product.

#ifndef RNN_STATE_GLSL
#define RNN_STATE_GLSL

#include "quad.glsl"

layout(local_size_x = 32, local_size_y = 4, local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint TM = 8;
layout(constant_id = 3) const uint TN = 1;
layout(constant_id = 4) const uint N = 128;
layout(constant_id = 11) const uint KEEP = 0;
layout(constant_id = 14) const uint TURN = 1;

const uint LX = gl_WorkGroupSize.x;
const uint KS = gl_WorkGroupSize.y;
const uint N4 = (N + 3) / 4;
const uint KSHARE = (N4 + KS - 1) / KS;

layout(set = 0, binding = 0) readonly buffer P { float p[]; };
layout(set = 0, binding = 0) readonly buffer P4 { QUAD p4[]; };

// The state, TM rows of N4, and behind it the parts of the sums. One array: with nothing beside it the largest state fits.
shared QUAD state[TM * N4 + (KS > 1 ? KS * TM * LX * TN : 0)];

const uint PARTS = TM * N4;

vec4 acc[TM * TN];

// ownColumn returns the number of vec4 column j of this invocation; it may be N4 or more, where there is nothing to do.
uint ownColumn(uint j) { return j * LX + gl_LocalInvocationID.x; }

// packedAt returns where vec4 column col of row 0 of P is; row r is 8·r further.
uint packedAt(uint col) { return push.off_p / 4 + (col / 8) * (4 * N4) * 8 + col % 8; }

// extra returns vec4 column col of row q of what follows W in P.
vec4 extra(uint q, uint col) { return fromQuad(p4[push.off_p / 4 + (4 * N4 + q) * ((N4 + 7) / 8 * 8) + col]); }

// inside masks the columns of vec4 column col that exist.
vec4 inside(uint col, vec4 v) {
    if (N % 4 == 0) return v;
    [[unroll]] for (uint e = 0; e < 4; e++) {
        if (4 * col + e >= N) v[e] = 0.0;
    }
    return v;
}

#include "row_end.glsl"

void setState(uint i, uint col, vec4 v) { state[i * N4 + col] = toQuad(inside(col, v)); }

vec4 kept[KEEP > 0 ? KEEP * 4 * TN : 1];

// keep loads what multiply takes from registers, zeros past the end of P.
void keep() {
    uint first = gl_LocalInvocationID.y * KSHARE;
    [[unroll]] for (uint q = 0; q < KEEP; q++) {
        [[unroll]] for (uint u = 0; u < 4 * TN; u++) {
            uint at = packedAt(min(ownColumn(u % TN), N4 - 1)) + 8 * (4 * min(first + q, N4 - 1) + u / TN);
            kept[q * 4 * TN + u] = KSHARE * KS == N4 || first + q < N4 ? fromQuad(p4[at]) : vec4(0.0);
        }
    }
}

// streamed adds the products of count vec4 rows of P from q on, which begin at from: all loads before all sums.
#define STREAMED(count, q)                                                                                                              \
    {                                                                                                                                   \
        vec4 w[4 * TN * (count)];                                                                                                       \
        [[unroll]] for (uint r = 0; r < 4 * (count); r++) {                                                                             \
            [[unroll]] for (uint j = 0; j < TN; j++) w[r * TN + j] = fromQuad(p4[from[j] + 8 * (4 * (q) + r)]);                         \
        }                                                                                                                               \
        [[unroll]] for (uint s = 0; s < (count); s++) {                                                                                 \
            [[unroll]] for (uint i = 0; i < TM; i++) {                                                                                  \
                vec4 x = fromQuad(state[i * N4 + (q) + s]);                                                                             \
                [[unroll]] for (uint u = 0; u < 4; u++) {                                                                               \
                    [[unroll]] for (uint j = 0; j < TN; j++) acc[i * TN + j] = fma(vec4(x[u]), w[(4 * s + u) * TN + j], acc[i * TN + j]); \
                }                                                                                                                       \
            }                                                                                                                           \
        }                                                                                                                               \
    }

// multiply computes state · P, or zeros unless run, for sumAt, and ends where setState may replace the state.
void multiply(bool run) {
    uint from[TN];
    [[unroll]] for (uint j = 0; j < TN; j++) from[j] = packedAt(min(ownColumn(j), N4 - 1));
    [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] = vec4(0.0);
    uint first = min(gl_LocalInvocationID.y * KSHARE, N4), end = run ? min(first + KSHARE, N4) : first;
    [[unroll]] for (uint q = 0; q < KEEP; q++) {
        [[unroll]] for (uint i = 0; i < TM; i++) {
            vec4 x = run ? fromQuad(state[i * N4 + min(first + q, N4 - 1)]) : vec4(0.0);
            [[unroll]] for (uint u = 0; u < 4; u++) {
                [[unroll]] for (uint j = 0; j < TN; j++) acc[i * TN + j] = fma(vec4(x[u]), kept[(q * 4 + u) * TN + j], acc[i * TN + j]);
            }
        }
    }
    if (KEEP < KSHARE) {
        uint q = first + KEEP;
        if (TURN > 1) {
            [[dont_unroll]] for (; q + TURN <= end; q += TURN) STREAMED(TURN, q)
        }
        [[dont_unroll]] for (; q < end; q++) STREAMED(1, q)
    }
    if (KS == 1) barrier();
    [[unroll]] for (uint i = 0; i < TM; i++) {
        [[unroll]] for (uint j = 0; j < TN; j++) {
            if (KS > 1) {
                state[PARTS + ((gl_LocalInvocationID.y * TM + i) * TN + j) * LX + gl_LocalInvocationID.x] = toQuad(acc[i * TN + j]);
            } else if (ownColumn(j) < N4) {
                state[i * N4 + ownColumn(j)] = toQuad(acc[i * TN + j]);
            }
        }
    }
    if (KS > 1) barrier();
}

// The rows that this invocation finishes are ownRow(0) … ownRow(OWN_ROWS − 1); the last ones may be TM or more.
const uint OWN_ROWS = (TM + KS - 1) / KS;
const uint ROWS_AT_ONCE = OWN_ROWS % 4 == 0 ? 4 : OWN_ROWS % 2 == 0 ? 2 : 1;

uint ownRow(uint i) { return i * KS + gl_LocalInvocationID.y; }

// sumAt returns the sum at row i and own column j.
vec4 sumAt(uint i, uint j) {
    if (KS == 1) return fromQuad(state[i * N4 + ownColumn(j)]);
    vec4 v = fromQuad(state[PARTS + (i * TN + j) * LX + gl_LocalInvocationID.x]);
    [[unroll]] for (uint s = 1; s < KS; s++) v += fromQuad(state[PARTS + ((s * TM + i) * TN + j) * LX + gl_LocalInvocationID.x]);
    return v;
}

#endif
