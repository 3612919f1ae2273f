// c_t = R h_{t−1} and h_t = φ( D∘h_{t−1} + Lᵀ c_t + z_t ) for t = 1 … steps of a batch of sequences, with z_t = Z_t, or h_t as it
// stands, or Wx x_t + bias.
//
// Buffers (rows are sequences, time-major)
//   P   in     Rᵀ, L, D, with EXTRAS Wxᵀ (INPUT rows) and the bias, and the units' parameters if ACT has any, as rnn_low_rank_pack lays them out
//   Z   in     steps·B × N, row i at off_z + i·ldz: pre-activations; not read with IN_PLACE or EXTRAS
//   X   in     steps·B × INPUT, row i at off_x + i·ldx; not read with INPUT = 0
//   H   inout  (steps+1)·B × N, row i at off_h + i·ldh: the first B rows are the state to start from, the others receive the
//              states. With IN_PLACE those hold the pre-activations z.
//   C   out    steps·B × rank, row i at off_c + i·ldc; written with WITH_C
//   Mask    in   B × N, row i at off_mask + i·ldm: multiplies the state wherever it is multiplied; read with MASKED
//   Masked  out  steps·B × N, row i at off_masked + i·ldmd: what W was given; written with WITH_MASKED. With SHARED_STATE off the state is kept here.
//                With STATES_MASKED the first steps·B rows of H receive it instead, and only the last state is there as it is
//
// Work groups: folded over x and y, they count blocks of TM sequences, which run through all time steps without leaving the work group; see
// lib/low_rank_state.glsl. VEC says that rows of Z, H, Mask and Masked begin at multiples of 4 words and N is a multiple of 4, CVEC the same of C.
// TOUCH is for drivers that run kernels on a processor.
//
// Precision: fp32 with fused multiply-add; D∘h and z_t are added to the finished sum. Splitting the time steps over several
// dispatches changes no bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(constant_id = 7) const uint INPUT = 0;
layout(constant_id = 8) const bool EXTRAS = false;
layout(constant_id = 9) const bool IN_PLACE = false;
layout(constant_id = 10) const bool VEC = false;
layout(constant_id = 11) const bool CVEC = false;
layout(constant_id = 12) const bool WITH_C = false;
layout(constant_id = 13) const uint ACT = 0;
layout(constant_id = 14) const bool TOUCH = false;
layout(constant_id = 15) const bool MASKED = false;
layout(constant_id = 16) const bool WITH_MASKED = false;
layout(constant_id = 20) const bool STATES_MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps, rank;
    uint ldz, ldx, ldh, ldc, ldm, ldmd;
    float slope;
    uint off_p, off_z, off_x, off_h, off_c, off_mask, off_masked;
} push;

#include "activation.glsl"
#include "fold.glsl"
#include "low_rank_state.glsl"

layout(set = 0, binding = 1) readonly buffer Z { float z[]; };
layout(set = 0, binding = 1) readonly buffer Z4 { QUAD z4[]; };
layout(set = 0, binding = 2) readonly buffer X { float x[]; };
layout(set = 0, binding = 3) coherent buffer H { float h[]; };
layout(set = 0, binding = 3) coherent buffer H4 { QUAD h4[]; };
layout(set = 0, binding = 4) writeonly buffer C { float c[]; };
layout(set = 0, binding = 4) writeonly buffer C4 { QUAD c4[]; };
layout(set = 0, binding = 5) readonly buffer Mask { float mask[]; };
layout(set = 0, binding = 5) readonly buffer Mask4 { QUAD mask4[]; };
layout(set = 0, binding = 6) coherent buffer Masked { float masked[]; };
layout(set = 0, binding = 6) coherent buffer Masked4 { QUAD masked4[]; };

// Whether the state is read from Masked, so that a step multiplies each element by the mask once and not at each of its loads.
const bool STATE_IN_MASKED = MASKED && WITH_MASKED && !SHARED_STATE;

uint rowOf(uint i) { return min(foldedGroup() * TM + i, push.batch - 1); }

bool exists(uint i) { return foldedGroup() * TM + i < push.batch; }

vec4 loadH(uint row, uint col) {
    uint at = push.off_h + row * push.ldh + 4 * col;
    if (VEC) return fromQuad(h4[at / 4]);
    return vec4(h[at], h[at + within(col, 1)], h[at + within(col, 2)], h[at + within(col, 3)]);
}

void storeH(uint row, uint col, vec4 v) {
    uint at = push.off_h + row * push.ldh + 4 * col;
    if (VEC) {
        h4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) h[at + within(col, e)] = v[e];
}

vec4 loadZ(uint row, uint col) {
    uint at = push.off_z + row * push.ldz + 4 * col;
    if (VEC) return fromQuad(z4[at / 4]);
    return vec4(z[at], z[at + within(col, 1)], z[at + within(col, 2)], z[at + within(col, 3)]);
}

// maskOf returns the mask of vec4 column col of the sequence of a row of the work group.
vec4 maskOf(uint i, uint col) {
    uint at = push.off_mask + rowOf(i) * push.ldm + 4 * col;
    if (VEC) return fromQuad(mask4[at / 4]);
    return vec4(mask[at], mask[at + within(col, 1)], mask[at + within(col, 2)], mask[at + within(col, 3)]);
}

vec4 loadMasked(uint row, uint col) {
    uint at = push.off_masked + row * push.ldmd + 4 * col;
    if (VEC) return fromQuad(masked4[at / 4]);
    return vec4(masked[at], masked[at + within(col, 1)], masked[at + within(col, 2)], masked[at + within(col, 3)]);
}

void storeMasked(uint row, uint col, vec4 v) {
    uint at = push.off_masked + row * push.ldmd + 4 * col;
    if (VEC) {
        masked4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) masked[at + within(col, e)] = v[e];
}

uint now; // the time step at hand, from 0

// given returns what W is given in the step at hand, made of a state as it is.
vec4 given(uint i, uint q) {
    vec4 v = loadH(now * push.batch + rowOf(i), q);
    return MASKED ? v * maskOf(i, q) : v;
}

vec4 bufferState(uint i, uint q) {
    if (STATE_IN_MASKED) return loadMasked(now * push.batch + rowOf(i), q);
    if (STATES_MASKED) return loadH(now * push.batch + rowOf(i), q);
    return given(i, q);
}

// keepCoefficients stores c_t.
void keepCoefficients() {
    [[dont_unroll]] for (uint e = lane(); e < TM * R4; e += ALL) {
        uint i = e / R4, q = e % R4;
        if (!exists(i)) continue;
        uint at = push.off_c + (now * push.batch + rowOf(i)) * push.ldc + 4 * q;
        vec4 v = fromQuad(coefficients[e]);
        if (CVEC) {
            c4[at / 4] = toQuad(v);
        } else {
            [[unroll]] for (uint u = 0; u < 4; u++) {
                if (4 * q + u < push.rank) c[at + u] = v[u];
            }
        }
    }
}

// touch loads a word of every 64 bytes that the step at hand is going to read or write, so that they are in the cache of a processor
// when the products are done: few loads of a turn wait for memory at once. It returns what no compiler knows to be of no use.
uint touch() {
    const uint LINES = (N + 15) / 16;
    uint bits = 0;
    [[dont_unroll]] for (uint first = 0; first < TM * LINES; first += ALL * 4) {
        [[unroll]] for (uint u = 0; u < 4; u++) {
            uint k = min(first + u * ALL + lane(), TM * LINES - 1), row = rowOf(k / LINES), word = 16 * (k % LINES);
            bits |= floatBitsToUint(h[push.off_h + ((now + 1) * push.batch + row) * push.ldh + word]);
            if (!EXTRAS && !IN_PLACE) bits |= floatBitsToUint(z[push.off_z + (now * push.batch + row) * push.ldz + word]);
            if (STATE_IN_MASKED) bits |= floatBitsToUint(masked[push.off_masked + (min(now + 1, push.steps - 1) * push.batch + row) * push.ldmd + word]);
        }
    }
    return bits;
}

// finish makes the new states of the columns that expand made, column j.
void finish(uint col, uint j) {
    if (col >= N4) return;
    vec4 wx[INPUT + 1];
    [[unroll]] for (uint q = 0; q <= INPUT; q++) wx[q] = EXTRAS ? extra(1 + q, col) : vec4(0.0);
    vec4 diagonal = extra(0, col), unit = ACT >= ACT_MODRELU ? extra(EXTRAS ? INPUT + 2 : 1, col) : vec4(0.0);
    [[dont_unroll]] for (uint first = 0; first < OWN_ROWS; first += ROWS_AT_ONCE) {
        vec4 v[ROWS_AT_ONCE];
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            uint i = finishes(first + u) ? ownRow(first + u) : 0, row = now * push.batch + rowOf(i);
            vec4 z_t = wx[INPUT];
            if (EXTRAS) {
                [[unroll]] for (uint q = 0; q < INPUT; q++) z_t = fma(vec4(x[push.off_x + row * push.ldx + q]), wx[q], z_t);
            } else {
                z_t = IN_PLACE ? loadH(row + push.batch, col) : loadZ(row, col);
            }
            if (WITH_MASKED && !STATE_IN_MASKED && finishes(first + u) && exists(i)) storeMasked(row, col, stateAt(i, col));
            v[u] = activate_unit(fma(diagonal, stateAt(i, col), sumAt(i, j) + z_t), ACT, push.slope, unit);
        }
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            if (!finishes(first + u)) continue;
            uint i = ownRow(first + u);
            uint row = (now + 1) * push.batch + rowOf(i);
            if (STATES_MASKED && now + 1 < push.steps) v[u] *= maskOf(i, col);
            if (exists(i)) storeH(row, col, v[u]);
            if (!MASKED || STATES_MASKED || !SHARED_STATE && !STATE_IN_MASKED) {
                setState(i, col, v[u]);
                continue;
            }
            vec4 state = v[u] * maskOf(i, col);
            setState(i, col, state);
            if (STATE_IN_MASKED && exists(i) && now + 1 < push.steps) storeMasked(row, col, state);
        }
    }
}

void main() {
    now = 0;
    keep();
    if (SHARED_STATE || STATE_IN_MASKED || STATES_MASKED) {
        [[dont_unroll]] for (uint e = lane(); e < TM * N4; e += ALL) {
            vec4 state = given(e / N4, e % N4);
            setState(e / N4, e % N4, state);
            if (STATE_IN_MASKED && exists(e / N4)) storeMasked(rowOf(e / N4), e % N4, state);
            if (STATES_MASKED && exists(e / N4)) storeH(rowOf(e / N4), e % N4, state);
        }
        endStep();
    }
    for (; now < push.steps; now++) {
        uint bits = TOUCH ? touch() : 0;
        reduce();
        if (TOUCH && push.batch == 0 && bits == 1) coefficients[0] = toQuad(vec4(0.0)); // never
        if (WITH_C) keepCoefficients();
        [[dont_unroll]] for (uint first = 0; first < N4; first += TN * COLUMNS) {
            expand(first);
            [[unroll]] for (uint j = 0; j < TN; j++) finish(columnOf(first, j), j);
        }
        endStep();
    }
}
