// The part that the recurrences with W as diagonal plus low rank share: a work group takes TM sequences (N values each) through all
// time steps, and multiplies their states by two matrices a step, which rnn_low_rank_pack laid out:
//
//   coefficients = state · A   (TM × 4·R4),   sum = coefficients · B   (TM × N)
//
// The invocations are local_size_x columns (x) by local_size_y parts (y). reduce() owns vec4 column x, x + local_size_x, … of the
// coefficients and shares out the sum over N among the parts, which are added in ascending order. expand(first) makes TN vec4
// columns of the sum from first on, in which all invocations have columns of their own, for sumAt(). The state lies in shared memory
// or, with SHARED_STATE off, where the kernel says by bufferState(): then TM is not bounded by shared memory, which suits drivers that
// run kernels on a processor. The order of sums depends on N, R4 and local_size_y only.

#ifndef LOW_RANK_STATE_GLSL
#define LOW_RANK_STATE_GLSL

#include "quad.glsl"

layout(local_size_x = 8, local_size_y = 16, local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint TM = 4;
layout(constant_id = 3) const uint TN = 1;
layout(constant_id = 4) const uint N = 128;
layout(constant_id = 5) const uint R4 = 8;
layout(constant_id = 6) const bool SHARED_STATE = true;

const uint LX = gl_WorkGroupSize.x;
const uint PARTS = gl_WorkGroupSize.y;
const uint ALL = LX * PARTS;
const uint N4 = (N + 3) / 4;
const uint SHARE = (N4 + PARTS - 1) / PARTS;
const uint ROWS_AT_ONCE = TM % 4 == 0 ? 4 : TM % 2 == 0 ? 2 : 1;

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

// reduce computes the coefficients and ends where they may be read.
void reduce() {
    uint first = min(gl_LocalInvocationID.y * SHARE, N4), end = min(first + SHARE, N4);
    [[dont_unroll]] for (uint c = gl_LocalInvocationID.x; c < R4; c += LX) {
        vec4 sum[TM];
        [[unroll]] for (uint i = 0; i < TM; i++) sum[i] = vec4(0.0);
        [[dont_unroll]] for (uint q = first; q < end; q++) {
            vec4 w[4];
            [[unroll]] for (uint u = 0; u < 4; u++) w[u] = fromQuad(p4[push.off_p / 4 + (4 * q + u) * R4 + c]);
            [[unroll]] for (uint i = 0; i < TM; i++) {
                vec4 x = stateAt(i, q);
                [[unroll]] for (uint u = 0; u < 4; u++) sum[i] = fma(vec4(x[u]), w[u], sum[i]);
            }
        }
        [[unroll]] for (uint i = 0; i < TM; i++) coefficients[(gl_LocalInvocationID.y * TM + i) * R4 + c] = toQuad(sum[i]);
    }
    barrier();
    if (PARTS == 1) return;
    [[dont_unroll]] for (uint e = lane(); e < TM * R4; e += ALL) {
        vec4 v = fromQuad(coefficients[e]);
        [[dont_unroll]] for (uint s = 1; s < PARTS; s++) v += fromQuad(coefficients[s * TM * R4 + e]);
        coefficients[e] = toQuad(v); // no other invocation reads or writes this one
    }
    barrier();
}

// columnOf returns the number of vec4 column j of those from first on; it may be N4 or more, where there is nothing to do.
uint columnOf(uint first, uint j) { return first + j * ALL + lane(); }

// expand computes the sums of the columns from first on.
void expand(uint first) {
    uint from[TN];
    [[unroll]] for (uint j = 0; j < TN; j++) {
        uint col = min(columnOf(first, j), N4 - 1);
        from[j] = push.off_p / 4 + AT_B + (col / 8) * (4 * R4) * 8 + col % 8;
    }
    [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] = vec4(0.0);
    [[dont_unroll]] for (uint q = 0; q < R4; q++) {
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
    [[unroll]] for (uint i = 0; i < TM * TN; i++) coefficients[SUMS + i * ALL + lane()] = toQuad(acc[i]); // so that rows can be walked over in a loop
}

// sumAt returns the sum at row i and column j of expand.
vec4 sumAt(uint i, uint j) { return fromQuad(coefficients[SUMS + (i * TN + j) * ALL + lane()]); }

// endStep ends where the next step may read the state.
void endStep() {
    if (!SHARED_STATE) memoryBarrierBuffer();
    barrier();
}

#endif
