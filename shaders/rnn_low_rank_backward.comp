// δ_t = φ'(h_t) ∘ ( DH_t + D∘δ_{t+1} + Rᵀ e_{t+1} ) with e_t = L δ_t for t = steps … 1 of a batch of sequences, and
// DH0 = D∘δ_1 + Rᵀ e_1.
//
// Buffers (rows are sequences, time-major)
//   P      in     Lᵀ, R, D, and the units' parameters if ACT has any, as rnn_low_rank_pack lays them out
//   H      in     (steps+1)·B × N, row i at off_h + i·ldh: rows t·B … are the states h_t
//   DH     in     steps·B × N, row i at off_dh + i·lddh: rows (t−1)·B … belong to step t. With LAST_ONLY it is B × N, belongs to
//                 the last step and is zero elsewhere; not read with IN_PLACE
//   DH0    out    B × N, row i at off_dh0 + i·lddh0; written with WITH_DH0
//   Delta  inout  steps·B × N, row i at off_delta + i·ldd: rows (t−1)·B … receive δ_t. With IN_PLACE it holds DH. With resume it
//                 has B rows more, δ of the step after the last, to start from; else that is zero, and DH ends with step T.
//   E      out    as many rows × rank, row i at off_e + i·lde, receive e_t, but those of step 1 only with to_start; written with WITH_E
//   DUnit  inout  B × N, row i at off_dunit + i·ldu: Σ_t (DH_t + D∘δ_{t+1} + Rᵀ e_{t+1}) ∘ ∂φ/∂unit; added to with resume. Read and written
//                 with WITH_DUNIT
//   Mask   in     B × N, row i at off_mask + i·ldm: multiplies what comes back through W; read with MASKED
//
// Work groups: folded over x and y, they count blocks of TM sequences, which run through all time steps without leaving the work group; see
// lib/low_rank_state.glsl. VEC says that rows of H, DH, DH0, Delta, DUnit and Mask begin at multiples of 4 words and N is a multiple of 4, CVEC
// the same of E. TOUCH is for drivers that run kernels on a processor.
//
// Precision: fp32 with fused multiply-add; D∘δ and DH_t are added to the finished sum. Splitting the time steps over several
// dispatches changes no bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(constant_id = 7) const bool LAST_ONLY = false;
layout(constant_id = 8) const bool IN_PLACE = false;
layout(constant_id = 9) const bool VEC = false;
layout(constant_id = 10) const bool CVEC = false;
layout(constant_id = 11) const bool WITH_E = false;
layout(constant_id = 12) const bool WITH_DH0 = false;
layout(constant_id = 13) const uint ACT = 0;
layout(constant_id = 14) const bool TOUCH = false;
layout(constant_id = 15) const bool WITH_DUNIT = false;
layout(constant_id = 16) const bool MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps, rank;
    uint resume, to_start;
    uint ldh, lddh, lddh0, ldd, lde, ldu, ldm;
    float slope;
    uint off_p, off_h, off_dh, off_dh0, off_delta, off_e, off_dunit, off_mask;
} push;

#include "activation.glsl"
#include "fold.glsl"
#include "low_rank_state.glsl"

layout(set = 0, binding = 1) readonly buffer H { float h[]; };
layout(set = 0, binding = 1) readonly buffer H4 { QUAD h4[]; };
layout(set = 0, binding = 2) readonly buffer DH { float dh[]; };
layout(set = 0, binding = 2) readonly buffer DH4 { QUAD dh_4[]; };
layout(set = 0, binding = 3) writeonly buffer DH0 { float dh0[]; };
layout(set = 0, binding = 3) writeonly buffer DH04 { QUAD dh0_4[]; };
layout(set = 0, binding = 4) coherent buffer Delta { float delta[]; };
layout(set = 0, binding = 4) coherent buffer Delta4 { QUAD delta4[]; };
layout(set = 0, binding = 5) writeonly buffer E { float e[]; };
layout(set = 0, binding = 5) writeonly buffer E4 { QUAD e4[]; };
layout(set = 0, binding = 6) buffer DUnit { float dunit[]; };
layout(set = 0, binding = 6) buffer DUnit4 { QUAD dunit4[]; };
layout(set = 0, binding = 7) readonly buffer Mask { float mask[]; };
layout(set = 0, binding = 7) readonly buffer Mask4 { QUAD mask4[]; };

uint rowOf(uint i) { return min(foldedGroup() * TM + i, push.batch - 1); }

bool exists(uint i) { return foldedGroup() * TM + i < push.batch; }

vec4 loadH(uint row, uint col) {
    uint at = push.off_h + row * push.ldh + 4 * col;
    if (VEC) return fromQuad(h4[at / 4]);
    return vec4(h[at], h[at + within(col, 1)], h[at + within(col, 2)], h[at + within(col, 3)]);
}

vec4 loadDH(uint row, uint col) {
    uint at = push.off_dh + row * push.lddh + 4 * col;
    if (VEC) return fromQuad(dh_4[at / 4]);
    return vec4(dh[at], dh[at + within(col, 1)], dh[at + within(col, 2)], dh[at + within(col, 3)]);
}

vec4 loadDelta(uint row, uint col) {
    uint at = push.off_delta + row * push.ldd + 4 * col;
    if (VEC) return fromQuad(delta4[at / 4]);
    return vec4(delta[at], delta[at + within(col, 1)], delta[at + within(col, 2)], delta[at + within(col, 3)]);
}

void storeDelta(uint row, uint col, vec4 v) {
    uint at = push.off_delta + row * push.ldd + 4 * col;
    if (VEC) {
        delta4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint u = 0; u < 4; u++) delta[at + within(col, u)] = v[u];
}

void storeDH0(uint row, uint col, vec4 v) {
    uint at = push.off_dh0 + row * push.lddh0 + 4 * col;
    if (VEC) {
        dh0_4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint u = 0; u < 4; u++) dh0[at + within(col, u)] = v[u];
}

vec4 loadDUnit(uint row, uint col) {
    uint at = push.off_dunit + row * push.ldu + 4 * col;
    if (VEC) return fromQuad(dunit4[at / 4]);
    return vec4(dunit[at], dunit[at + within(col, 1)], dunit[at + within(col, 2)], dunit[at + within(col, 3)]);
}

void storeDUnit(uint row, uint col, vec4 v) {
    uint at = push.off_dunit + row * push.ldu + 4 * col;
    if (VEC) {
        dunit4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint u = 0; u < 4; u++) dunit[at + within(col, u)] = v[u];
}

// maskOf returns the mask of vec4 column col of the sequence of a row of the work group.
vec4 maskOf(uint i, uint col) {
    uint at = push.off_mask + rowOf(i) * push.ldm + 4 * col;
    if (VEC) return fromQuad(mask4[at / 4]);
    return vec4(mask[at], mask[at + within(col, 1)], mask[at + within(col, 2)], mask[at + within(col, 3)]);
}

// later is the row block of Delta where the state is: δ of the step after the one at hand.
uint later;

vec4 bufferState(uint i, uint q) { return loadDelta(later * push.batch + rowOf(i), q); }

// keepCoefficients stores e of the step after the one at hand.
void keepCoefficients() {
    [[dont_unroll]] for (uint k = lane(); k < TM * R4; k += ALL) {
        uint i = k / R4, q = k % R4;
        if (!exists(i)) continue;
        uint at = push.off_e + (later * push.batch + rowOf(i)) * push.lde + 4 * q;
        vec4 v = fromQuad(coefficients[k]);
        if (CVEC) {
            e4[at / 4] = toQuad(v);
        } else {
            [[unroll]] for (uint u = 0; u < 4; u++) {
                if (4 * q + u < push.rank) e[at + u] = v[u];
            }
        }
    }
}

// outer returns DH of the step before `later` at a row of its sequence.
vec4 outer(uint row, uint col) {
    if (LAST_ONLY) return later == push.steps && push.resume == 0 ? loadDH(row, col) : vec4(0.0);
    row += (later - 1) * push.batch;
    if (IN_PLACE) return loadDelta(row, col);
    return loadDH(row, col);
}

// touch loads a word of every 64 bytes that the step at hand is going to read or write, so that they are in the cache of a processor
// when the products are done: few loads of a turn wait for memory at once. It returns what no compiler knows to be of no use.
uint touch() {
    const uint LINES = (N + 15) / 16;
    uint bits = 0;
    [[dont_unroll]] for (uint first = 0; first < TM * LINES; first += ALL * 4) {
        [[unroll]] for (uint u = 0; u < 4; u++) {
            uint k = min(first + u * ALL + lane(), TM * LINES - 1), row = rowOf(k / LINES), word = 16 * (k % LINES);
            bits |= floatBitsToUint(h[push.off_h + (later * push.batch + row) * push.ldh + word]);
            bits |= floatBitsToUint(delta[push.off_delta + ((later - 1) * push.batch + row) * push.ldd + word]);
            if (!LAST_ONLY && !IN_PLACE) bits |= floatBitsToUint(dh[push.off_dh + ((later - 1) * push.batch + row) * push.lddh + word]);
        }
    }
    return bits;
}

// finish makes δ of the columns that expand made, column j. There is no state yet before the first of all steps.
void finish(uint col, uint j, bool first_of_all) {
    if (col >= N4) return;
    vec4 diagonal = extra(0, col), unit = ACT >= ACT_MODRELU ? extra(1, col) : vec4(0.0);
    [[dont_unroll]] for (uint first = 0; first < OWN_ROWS; first += ROWS_AT_ONCE) {
        vec4 v[ROWS_AT_ONCE];
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            uint i = finishes(first + u) ? ownRow(first + u) : 0;
            vec4 sum = outer(rowOf(i), col);
            if (MASKED) {
                if (!first_of_all) sum = fma(maskOf(i, col), fma(diagonal, stateAt(i, col), sumAt(i, j)), sum);
            } else if (!first_of_all) {
                sum = fma(diagonal, stateAt(i, col), sumAt(i, j) + sum);
            }
            vec4 h = loadH(later * push.batch + rowOf(i), col);
            v[u] = activate_unit_grad(h, ACT, push.slope, unit) * sum;
            if (WITH_DUNIT && finishes(first + u) && exists(i)) {
                vec4 before = first_of_all ? vec4(0.0) : loadDUnit(rowOf(i), col);
                storeDUnit(rowOf(i), col, before + unit_grad(sum, v[u], h, ACT, unit));
            }
        }
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            if (!finishes(first + u)) continue;
            uint i = ownRow(first + u);
            setState(i, col, v[u]);
            if (exists(i)) storeDelta((later - 1) * push.batch + rowOf(i), col, v[u]);
        }
    }
}

// start stores dL/dh_0.
void start(uint col, uint j) {
    if (col >= N4) return;
    vec4 diagonal = extra(0, col);
    [[dont_unroll]] for (uint own = 0; own < OWN_ROWS; own++) {
        if (!finishes(own)) continue;
        uint i = ownRow(own);
        vec4 v = fma(diagonal, stateAt(i, col), sumAt(i, j));
        if (exists(i)) storeDH0(rowOf(i), col, MASKED ? v * maskOf(i, col) : v);
    }
}

void main() {
    bool resume = push.resume != 0;
    later = push.steps;
    keep();
    if (SHARED_STATE && resume) {
        [[dont_unroll]] for (uint k = lane(); k < TM * N4; k += ALL) setState(k / N4, k % N4, loadDelta(later * push.batch + rowOf(k / N4), k % N4));
        barrier();
    }
    for (; later > 0; later--) {
        bool first_of_all = later == push.steps && !resume;
        uint bits = TOUCH ? touch() : 0;
        if (TOUCH && push.batch == 0 && bits == 1) coefficients[0] = toQuad(vec4(0.0)); // never
        if (!first_of_all) {
            reduce();
            if (WITH_E) keepCoefficients();
        }
        [[dont_unroll]] for (uint first = 0; first < N4; first += TN * COLUMNS) {
            if (!first_of_all) expand(first);
            [[unroll]] for (uint j = 0; j < TN; j++) finish(columnOf(first, j), j, first_of_all);
        }
        endStep();
    }
    if (push.to_start == 0) return;
    reduce();
    if (WITH_E) keepCoefficients();
    if (!WITH_DH0) return;
    [[dont_unroll]] for (uint first = 0; first < N4; first += TN * COLUMNS) {
        expand(first);
        [[unroll]] for (uint j = 0; j < TN; j++) start(columnOf(first, j), j);
    }
}
