// The part that the recurrences with W as diagonal plus low rank share: a work group takes TM sequences (N values each) through all
// time steps, and multiplies their states by two matrices a step, which rnn_low_rank_pack laid out:
//
//   coefficients = state · A   (TM × 4·R4),   sum = coefficients · B   (TM × N)
//
// The invocations are local_size_x columns (x) by local_size_y parts (y). reduce() owns vec4 column x, x + local_size_x, … of the
// coefficients and shares out the sum over N among the parts; those are added FAN at a time, up a tree. expand(first) makes TN·COLUMNS vec4
// columns of the sum from first on, for sumAt(); SHARERS invocations share out each sum over the coefficients, in parts that sumAt adds in ascending
// order, and finish the rows of its column in turn: those of ownRow(). The state lies in shared memory
// or, with SHARED_STATE off, where the kernel says by bufferState(): then TM is not bounded by shared memory, which suits drivers that
// run kernels on a processor. The order of sums depends on N, R4, local_size_y and SHARERS only.
//
// Of its parts an invocation holds the first KEEP_A vec4 rows of A and KEEP_B of B in registers through all time steps, from keep() on, and
// reads the others in every step. KEEP_A takes R4 ≤ local_size_x; KEEP_B, and SHARERS > 1, take N4 ≤ TN·COLUMNS.

#ifndef LOW_RANK_STATE_GLSL
#define LOW_RANK_STATE_GLSL

#include "quad.glsl"

layout(local_size_x = 8, local_size_y = 16, local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint TM = 4;
layout(constant_id = 3) const uint TN = 1;
layout(constant_id = 4) const uint N = 128;
layout(constant_id = 5) const uint R4 = 8;
layout(constant_id = 6) const bool SHARED_STATE = true;
layout(constant_id = 17) const uint KEEP_A = 0;
layout(constant_id = 18) const uint KEEP_B = 0;
layout(constant_id = 19) const uint SHARERS = 1;

const uint LX = gl_WorkGroupSize.x;
const uint PARTS = gl_WorkGroupSize.y;
const uint ALL = LX * PARTS;
const uint N4 = (N + 3) / 4;
const uint SHARE = (N4 + PARTS - 1) / PARTS;
const uint FAN = 8;
const uint COLUMNS = ALL / SHARERS;
const uint RANK_SHARE = (R4 + SHARERS - 1) / SHARERS;

// The rows that this invocation finishes are ownRow(0) … ownRow(OWN_ROWS − 1); the last ones may be TM or more.
const uint OWN_ROWS = (TM + SHARERS - 1) / SHARERS;
const uint ROWS_AT_ONCE = OWN_ROWS % 4 == 0 ? 4 : OWN_ROWS % 2 == 0 ? 2 : 1;

layout(set = 0, binding = 0) readonly buffer P { float p[]; };
layout(set = 0, binding = 0) readonly buffer P4 { QUAD p4[]; };

// Where the matrices begin in P, in vec4: A by rows, B in blocks of 8 vec4 columns, then rows of BLOCKS·8: D and what follows it.
const uint BLOCKS = (N4 + 7) / 8;
const uint AT_B = 4 * N4 * R4;
const uint AT_D = AT_B + BLOCKS * 8 * 4 * R4;

shared QUAD state[SHARED_STATE ? TM * N4 : 1];

// The coefficients, and behind them first the other parts of their sums and then, when those are added, the sums of expand.
const uint SUMS = TM * R4;
const uint OTHER_PARTS = (PARTS - 1) * TM * R4;
const uint ALL_SUMS = TM * TN * ALL;
shared QUAD coefficients[SUMS + (OTHER_PARTS > ALL_SUMS ? OTHER_PARTS : ALL_SUMS)];

vec4 acc[TM * TN];

// bufferState returns vec4 column q of the state of sequence i, from the buffer that the kernel keeps it in.
vec4 bufferState(uint i, uint q);

vec4 stateAt(uint i, uint q) { return SHARED_STATE ? fromQuad(state[i * N4 + q]) : bufferState(i, q); }

uint lane() { return gl_LocalInvocationID.y * LX + gl_LocalInvocationID.x; }

// extra returns vec4 column col of row q of what follows B.
vec4 extra(uint q, uint col) { return fromQuad(p4[push.off_p / 4 + AT_D + q * BLOCKS * 8 + col]); }

#include "row_end.glsl"

// setState keeps v; rows of A that stand for no element of the state are zero, so that what pads it does not matter.
void setState(uint i, uint col, vec4 v) {
    if (SHARED_STATE) state[i * N4 + col] = toQuad(repeated(col, v));
}

// sharer returns which part of the sums over the coefficients this invocation adds up, and ownColumn which column of them. Without sharers no
// driver has to find out that there is one part, the same for all.
uint sharer() { return SHARERS > 1 ? lane() / COLUMNS : 0; }

uint ownColumn() { return SHARERS > 1 ? lane() % COLUMNS : lane(); }

uint ownRow(uint i) { return i * SHARERS + sharer(); }

// finishes tells whether own row i is one.
bool finishes(uint i) { return TM % SHARERS == 0 || ownRow(i) < TM; }

// columnOf returns the number of vec4 column j of those from first on; it may be N4 or more, where there is nothing to do.
uint columnOf(uint first, uint j) { return first + j * COLUMNS + ownColumn(); }

// packedA returns where vec4 column c of row 0 of A is, packedB the same of B; row r is r·R4 and 8·r further.
uint packedA(uint c) { return push.off_p / 4 + c; }

uint packedB(uint col) { return push.off_p / 4 + AT_B + (col / 8) * (4 * R4) * 8 + col % 8; }

vec4 kept_a[KEEP_A > 0 ? KEEP_A * 4 : 1];
vec4 kept_b[KEEP_B > 0 ? KEEP_B * 4 * TN : 1];

// keep loads what reduce and expand take from registers, zeros past the ends.
void keep() {
    uint first = gl_LocalInvocationID.y * SHARE, rank = sharer() * RANK_SHARE;
    [[unroll]] for (uint q = 0; q < KEEP_A; q++) {
        uint at = packedA(min(gl_LocalInvocationID.x, R4 - 1)) + 4 * min(first + q, N4 - 1) * R4;
        [[unroll]] for (uint u = 0; u < 4; u++) kept_a[4 * q + u] = SHARE * PARTS == N4 || first + q < N4 ? fromQuad(p4[at + u * R4]) : vec4(0.0);
    }
    [[unroll]] for (uint q = 0; q < KEEP_B; q++) {
        [[unroll]] for (uint u = 0; u < 4 * TN; u++) {
            uint at = packedB(min(columnOf(0, u % TN), N4 - 1)) + 8 * (4 * min(rank + q, R4 - 1) + u / TN);
            kept_b[q * 4 * TN + u] = RANK_SHARE * SHARERS == R4 || rank + q < R4 ? fromQuad(p4[at]) : vec4(0.0);
        }
    }
}

// reduce computes the coefficients and ends where they may be read.
void reduce() {
    uint first = min(gl_LocalInvocationID.y * SHARE, N4), end = min(first + SHARE, N4);
    [[dont_unroll]] for (uint c = gl_LocalInvocationID.x; c < R4; c += LX) {
        vec4 sum[TM];
        [[unroll]] for (uint i = 0; i < TM; i++) sum[i] = vec4(0.0);
        [[unroll]] for (uint q = 0; q < KEEP_A; q++) {
            [[unroll]] for (uint i = 0; i < TM; i++) {
                vec4 x = stateAt(i, min(first + q, N4 - 1));
                [[unroll]] for (uint u = 0; u < 4; u++) sum[i] = fma(vec4(x[u]), kept_a[4 * q + u], sum[i]);
            }
        }
        if (KEEP_A < SHARE) {
            [[dont_unroll]] for (uint q = first + KEEP_A; q < end; q++) {
                vec4 w[4];
                [[unroll]] for (uint u = 0; u < 4; u++) w[u] = fromQuad(p4[packedA(c) + (4 * q + u) * R4]);
                [[unroll]] for (uint i = 0; i < TM; i++) {
                    vec4 x = stateAt(i, q);
                    [[unroll]] for (uint u = 0; u < 4; u++) sum[i] = fma(vec4(x[u]), w[u], sum[i]);
                }
            }
        }
        [[unroll]] for (uint i = 0; i < TM; i++) coefficients[(gl_LocalInvocationID.y * TM + i) * R4 + c] = toQuad(sum[i]);
    }
    barrier();
    [[unroll]] for (uint apart = 1; apart < PARTS; apart *= FAN) { // adds parts that lie apart; each sum is where its first part was
        const uint sums = (PARTS + apart * FAN - 1) / (apart * FAN);
        [[dont_unroll]] for (uint e = lane(); e < TM * R4 * sums; e += ALL) {
            uint part = e / (TM * R4) * apart * FAN, at = part * TM * R4 + e % (TM * R4);
            vec4 v = fromQuad(coefficients[at]);
            [[unroll]] for (uint k = 1; k < FAN; k++) {
                if (k * apart < PARTS && (PARTS % (apart * FAN) == 0 || part + k * apart < PARTS)) v += fromQuad(coefficients[at + k * apart * TM * R4]);
            }
            coefficients[at] = toQuad(v); // no other invocation reads or writes this one
        }
        barrier();
    }
}

// expand computes the sums of the columns from first on and ends where they may be read.
void expand(uint first) {
    uint from[TN];
    [[unroll]] for (uint j = 0; j < TN; j++) from[j] = packedB(min(columnOf(first, j), N4 - 1));
    [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] = vec4(0.0);
    uint rank = min(sharer() * RANK_SHARE, R4), end = min(rank + RANK_SHARE, R4);
    [[unroll]] for (uint q = 0; q < KEEP_B; q++) {
        [[unroll]] for (uint i = 0; i < TM; i++) {
            vec4 x = fromQuad(coefficients[i * R4 + min(rank + q, R4 - 1)]);
            [[unroll]] for (uint u = 0; u < 4; u++) {
                [[unroll]] for (uint j = 0; j < TN; j++) acc[i * TN + j] = fma(vec4(x[u]), kept_b[(q * 4 + u) * TN + j], acc[i * TN + j]);
            }
        }
    }
    if (KEEP_B < RANK_SHARE) {
        [[dont_unroll]] for (uint q = rank + KEEP_B; q < end; q++) {
            vec4 w[4 * TN];
            [[unroll]] for (uint u = 0; u < 4; u++) {
                [[unroll]] for (uint j = 0; j < TN; j++) w[u * TN + j] = fromQuad(p4[from[j] + 8 * (4 * q + u)]);
            }
            [[unroll]] for (uint i = 0; i < TM; i++) {
                vec4 x = fromQuad(coefficients[i * R4 + q]);
                [[unroll]] for (uint u = 0; u < 4; u++) {
                    [[unroll]] for (uint j = 0; j < TN; j++) acc[i * TN + j] = fma(vec4(x[u]), w[u * TN + j], acc[i * TN + j]);
                }
            }
        }
    }
    uint to = SUMS + sharer() * TM * TN * COLUMNS + ownColumn();
    [[unroll]] for (uint i = 0; i < TM * TN; i++) coefficients[to + i * COLUMNS] = toQuad(acc[i]); // so that rows can be walked over in a loop
    if (SHARERS > 1) barrier();
}

// sumAt returns the sum at row i, one of those that this invocation finishes, and column j of expand.
vec4 sumAt(uint i, uint j) {
    uint at = SUMS + (i * TN + j) * COLUMNS + ownColumn();
    vec4 v = fromQuad(coefficients[at]);
    [[unroll]] for (uint s = 1; s < SHARERS; s++) v += fromQuad(coefficients[at + s * TM * TN * COLUMNS]);
    return v;
}

// endStep ends where the next step may read the state.
void endStep() {
    if (!SHARED_STATE) memoryBarrierBuffer();
    barrier();
}

#endif
