// The part that recurrences with gates share, forward and backward: a work group takes TM sequences of N units through all time steps and
// multiplies their states by a matrix that gated_pack laid out, P, once for every step:
//
//   sum = state · P,   state TM × 4·DEPTH4,   sum TM × 4·COLS4
//
// A kernel whose form with INT64 may read by address defines GATED_BY_ADDRESS and has the push constants low_p, high_p, low_s and high_s. With
// BY_ADDRESS, for work groups of 8 lanes that are one subgroup, P lies in blocks of 16 columns and is read by address (lib/lanes.glsl), and so is
// the state: an invocation takes 4 rows and 2 columns at a time, TURN vec4 rows of P at once.
//
// A kernel defines GATED_DEPTH and GATED_SUMS, how many vec4 of each there are for a vec4 of units (1 and the number of gates forward, the
// other way round backward); with EXTRA4 the state has so many vec4 more, for inputs. Lane x of local_size_x owns the vec4 columns x, x + local_size_x, …
// in passes of TN. With local_size_y > 1 the sum over the rows of P is shared out: lane y adds up its part, and the parts are added in
// ascending order. The order of sums depends on N, EXTRA4 and local_size_y only. Of its part an invocation holds the first KEEP vec4 rows, which
// takes a single pass, in registers through all time steps, from keep() on, and reads the others in every step, TURN vec4 rows at once.
//
// State, sums and what the kernel carries from step to step lie in shared memory or, with SHARED_STATE off, in the work group's part of
// the buffer S: then TM is not bounded by shared memory, which suits drivers that run kernels on a processor. A step calls multiply(), then for the
// elements of unitsOf() it reads sumAt() and carriedAt() and stores setState() and setCarried(), and ends with endStep().

#ifndef GATED_STATE_GLSL
#define GATED_STATE_GLSL

#include "quad.glsl"

#if defined(GATED_BY_ADDRESS) && defined(INT64)
#define READ_BY_ADDRESS
#include "lanes.glsl"
#endif

layout(local_size_x = 32, local_size_y = 2, local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint TM = 4;
layout(constant_id = 3) const uint TN = 1;
layout(constant_id = 4) const uint N = 128;
layout(constant_id = 5) const uint EXTRA4 = 0;
layout(constant_id = 6) const bool SHARED_STATE = true;
layout(constant_id = 7) const uint KEEP = 0;
layout(constant_id = 15) const uint TURN = 1;
#ifdef GATED_BY_ADDRESS
layout(constant_id = 16) const bool BY_ADDRESS = false;
#endif

const uint LX = gl_WorkGroupSize.x;
const uint KS = gl_WorkGroupSize.y;
const uint ALL = LX * KS;
const uint N4 = (N + 3) / 4;
const uint DEPTH4 = GATED_DEPTH * N4 + EXTRA4;
const uint COLS4 = GATED_SUMS * N4;
const uint PASSES = (COLS4 + LX * TN - 1) / (LX * TN);
const uint KSHARE = (DEPTH4 + KS - 1) / KS;

layout(set = 0, binding = 0) readonly buffer P { float p[]; };
layout(set = 0, binding = 0) readonly buffer P4 { QUAD p4[]; };
layout(set = 0, binding = 1) coherent buffer S { float s[]; };
layout(set = 0, binding = 1) coherent buffer S4 { QUAD s4[]; };
#ifdef READ_BY_ADDRESS
layout(set = 0, binding = 1) coherent buffer S8 { uint64_t s8[]; };
#endif

// Where things begin in what a work group holds, in vec4.
const uint AT_SUMS = TM * DEPTH4;
const uint AT_CARRIED = AT_SUMS + KS * TM * COLS4;
const uint HELD = AT_CARRIED + TM * N4;

shared QUAD held[SHARED_STATE ? HELD : 1];

vec4 acc[TM * TN];

vec4 heldAt(uint at) { return fromQuad(SHARED_STATE ? held[at] : s4[push.off_s / 4 + gl_WorkGroupID.x * HELD + at]); }

void hold(uint at, vec4 v) {
    if (SHARED_STATE) {
        held[at] = toQuad(v);
    } else {
        s4[push.off_s / 4 + gl_WorkGroupID.x * HELD + at] = toQuad(v);
    }
}

// endStep ends where the others may read what was stored.
void endStep() {
    if (!SHARED_STATE) memoryBarrierBuffer();
    barrier();
}

uint lane() { return gl_LocalInvocationID.y * LX + gl_LocalInvocationID.x; }

uint rowOf(uint i) { return min(gl_WorkGroupID.x * TM + i, push.batch - 1); }

bool exists(uint i) { return gl_WorkGroupID.x * TM + i < push.batch; }

#include "row_end.glsl"

// inside masks the units of vec4 column col that exist.
vec4 inside(uint col, vec4 v) {
    if (N % 4 == 0) return v;
    [[unroll]] for (uint e = 0; e < 4; e++) {
        if (4 * col + e >= N) v[e] = 0.0;
    }
    return v;
}

void setState(uint i, uint q, vec4 v) { hold(i * DEPTH4 + q, v); }

vec4 carriedAt(uint i, uint q) { return heldAt(AT_CARRIED + i * N4 + q); }

void setCarried(uint i, uint q, vec4 v) { hold(AT_CARRIED + i * N4 + q, v); }

// sumAt returns the sum at row i and vec4 column c.
vec4 sumAt(uint i, uint c) {
    vec4 v = heldAt(AT_SUMS + i * COLS4 + c);
    [[unroll]] for (uint part = 1; part < KS; part++) v += heldAt(AT_SUMS + (part * TM + i) * COLS4 + c);
    return v;
}

// packedAt returns where vec4 column c of row 0 of P is; row r is 8·r further.
uint packedAt(uint c) { return push.off_p / 4 + (c / 8) * (4 * DEPTH4) * 8 + c % 8; }

vec4 kept[KEEP > 0 ? KEEP * 4 * TN : 1];

// keep loads what multiply takes from registers, zeros past the end of P.
void keep() {
    uint first = gl_LocalInvocationID.y * KSHARE;
    [[unroll]] for (uint q = 0; q < KEEP; q++) {
        [[unroll]] for (uint u = 0; u < 4 * TN; u++) {
            uint at = packedAt(min((u % TN) * LX + gl_LocalInvocationID.x, COLS4 - 1)) + 8 * (4 * min(first + q, DEPTH4 - 1) + u / TN);
            kept[q * 4 * TN + u] = KSHARE * KS == DEPTH4 || first + q < DEPTH4 ? fromQuad(p4[at]) : vec4(0.0);
        }
    }
}

// streamed adds the products of count vec4 rows of P from q on, whose columns begin at from: all loads before all sums.
#define STREAMED(count, q)                                                                                                              \
    {                                                                                                                                   \
        vec4 w[4 * TN * (count)];                                                                                                       \
        [[unroll]] for (uint r = 0; r < 4 * (count); r++) {                                                                             \
            [[unroll]] for (uint j = 0; j < TN; j++) w[r * TN + j] = fromQuad(p4[from[j] + 8 * (4 * (q) + r)]);                         \
        }                                                                                                                               \
        [[unroll]] for (uint s = 0; s < (count); s++) {                                                                                 \
            [[unroll]] for (uint i = 0; i < TM; i++) {                                                                                  \
                vec4 x = heldAt(i * DEPTH4 + (q) + s);                                                                                  \
                [[unroll]] for (uint u = 0; u < 4; u++) {                                                                               \
                    [[unroll]] for (uint j = 0; j < TN; j++) acc[i * TN + j] = fma(vec4(x[u]), w[(4 * s + u) * TN + j], acc[i * TN + j]); \
                }                                                                                                                       \
            }                                                                                                                           \
        }                                                                                                                               \
    }

// accumulate adds the products of the vec4 rows first … end−1 of P for the columns from c on, or none unless run.
void accumulate(uint c, uint first, uint end, bool run) {
    [[unroll]] for (uint i = 0; i < TM * TN; i++) acc[i] = vec4(0.0);
    [[unroll]] for (uint q = 0; q < KEEP; q++) {
        [[unroll]] for (uint i = 0; i < TM; i++) {
            vec4 x = run ? heldAt(i * DEPTH4 + min(first + q, DEPTH4 - 1)) : vec4(0.0);
            [[unroll]] for (uint u = 0; u < 4; u++) {
                [[unroll]] for (uint j = 0; j < TN; j++) acc[i * TN + j] = fma(vec4(x[u]), kept[(q * 4 + u) * TN + j], acc[i * TN + j]);
            }
        }
    }
    if (KEEP >= KSHARE) return;
    uint from[TN];
    [[unroll]] for (uint j = 0; j < TN; j++) from[j] = packedAt(min(c + j * LX, COLS4 - 1));
    uint q = first + KEEP;
    if (TURN > 1) {
        [[dont_unroll]] for (; q + TURN <= end; q += TURN) STREAMED(TURN, q)
    }
    [[dont_unroll]] for (; q < end; q++) STREAMED(1, q)
}

#ifdef READ_BY_ADDRESS

const uint ROWS = 4;

// ADDRESSED adds the products of count vec4 rows of P from q on: at is where row 0 of their 16 columns begins, state where row 0 of the state does.
// A loop's body is carried out once more when all lanes have left it, and what is loaded by address must be there then: so places are bounded.
#define ADDRESSED(count, q)                                                                                                             \
    {                                                                                                                                   \
        uint here = min(q, DEPTH4 - (count));                                                                                           \
        [[unroll]] for (uint r = 0; r < 4 * (count); r++) {                                                                             \
            float w[2];                                                                                                                 \
            [[unroll]] for (uint j = 0; j < 2; j++) w[j] = laneWord(at + 64ul * (4 * here + r) + 32ul * j);                             \
            [[unroll]] for (uint i = 0; i < ROWS; i++) {                                                                                \
                float x = commonWord(state + 16ul * (i * DEPTH4 + here) + 4ul * r);                                                     \
                [[unroll]] for (uint j = 0; j < 2; j++) own[i * 2 + j] = fma(x, w[j], own[i * 2 + j]);                                  \
            }                                                                                                                           \
        }                                                                                                                               \
    }

// multiplyByAddress is multiply with BY_ADDRESS, without its end. Lane x has columns 2·x and 2·x + 1 of every 16.
void multiplyByAddress(bool run) {
    uint64_t held_at = pack64(uvec2(push.low_s, push.high_s)) + 4ul * push.off_s + 16ul * (gl_WorkGroupID.x * HELD);
    uint64_t p_at = pack64(uvec2(push.low_p, push.high_p)) + 4ul * push.off_p;
    run = run && push.batch > 0; // which is always so, but not known: LLVM would take code that is known to run row by row, with W in memory
    uint end = run ? DEPTH4 : 0;
    [[dont_unroll]] for (uint c = 0; c < COLS4; c += 4) {
        uint64_t at = p_at + 64ul * (min(c, (COLS4 - 1) / 4 * 4) * DEPTH4);
        [[dont_unroll]] for (uint first = 0; first < TM; first += ROWS) {
            uint64_t state = held_at + 16ul * (min(first, TM - ROWS) * DEPTH4);
            float own[2 * ROWS];
            [[unroll]] for (uint i = 0; i < 2 * ROWS; i++) own[i] = 0.0;
            if (TURN == DEPTH4) {
                if (run) ADDRESSED(TURN, 0)
            } else {
                uint q = 0;
                [[dont_unroll]] for (; q + TURN <= end; q += TURN) ADDRESSED(TURN, q)
                if (DEPTH4 % TURN != 0) {
                    [[dont_unroll]] for (; q < end; q++) ADDRESSED(1, q)
                }
            }
            uint pair = 2 * c + gl_LocalInvocationID.x;
            [[unroll]] for (uint i = 0; i < ROWS; i++) {
                if (COLS4 % 4 == 0 || pair < 2 * COLS4)
                    s8[(push.off_s / 4 + gl_WorkGroupID.x * HELD + AT_SUMS + (first + i) * COLS4) * 2 + pair] = pack64(floatBitsToUint(vec2(own[2 * i], own[2 * i + 1])));
            }
        }
    }
}

#endif

// multiply computes state · P, or zeros unless run, for sumAt.
void multiply(bool run) {
#ifdef READ_BY_ADDRESS
    if (BY_ADDRESS) {
        multiplyByAddress(run);
        endStep();
        return;
    }
#endif
    uint first = min(gl_LocalInvocationID.y * KSHARE, DEPTH4), end = run ? min(first + KSHARE, DEPTH4) : first;
    [[dont_unroll]] for (uint pass = 0; pass < PASSES; pass++) {
        uint c = pass * TN * LX + gl_LocalInvocationID.x;
        accumulate(c, first, end, run);
        [[unroll]] for (uint i = 0; i < TM; i++) {
            [[unroll]] for (uint j = 0; j < TN; j++) {
                if (c + j * LX < COLS4) hold(AT_SUMS + (gl_LocalInvocationID.y * TM + i) * COLS4 + c + j * LX, acc[i * TN + j]);
            }
        }
    }
    endStep();
}

// An invocation finishes elements lane(), lane() + ALL, … of the TM × N4 vec4 of units, the same ones in every step: FINISHES of them at most.
const uint ELEMENTS = TM * N4;

#endif
