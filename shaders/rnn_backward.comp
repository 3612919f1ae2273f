// δ_t = φ'(h_t) ∘ ( DH_t + mask∘(Wᵀ δ_{t+1}) ) for t = steps … 1 of a batch of sequences, and DH0 = mask∘(Wᵀ δ_1).
//
// Buffers (rows are sequences, time-major)
//   P      in     W, and the units' parameters if ACT has any, as rnn_pack lays them out
//   H      in     (steps+1)·B × N, row i at off_h + i·ldh: rows t·B … are the states h_t
//   DH     in     steps·B × N, row i at off_dh + i·lddh: rows (t−1)·B … belong to step t. With LAST_ONLY it is B × N, belongs to
//                 the last step and is zero elsewhere; not read with IN_PLACE
//   DH0    out    B × N, row i at off_dh0 + i·lddh0; written with WITH_DH0
//   Delta  inout  steps·B × N, row i at off_delta + i·ldd: rows (t−1)·B … receive δ_t. With IN_PLACE it holds DH. With resume it
//                 has B rows more, δ of the step after the last, to start from; else that is zero, and DH ends with step T.
//   DUnit  inout  B × N, row i at off_dunit + i·ldu: Σ_t (DH_t + Wᵀ δ_{t+1}) ∘ ∂φ/∂unit; added to with resume. Read and written
//                 with WITH_DUNIT
//   Mask   in     B × N, row i at off_mask + i·ldm: multiplies what comes back through W; read with MASKED
//
// Work groups: folded over x and y, they count blocks of TM sequences, which run through all time steps without leaving the work group; see
// lib/rnn_state.glsl. VEC says that rows of H, DH, DH0, Delta, DUnit and Mask begin at multiples of 4 words and N is a multiple of 4.
// TOUCH is for drivers that run kernels on a processor.
//
// Precision: fp32 with fused multiply-add; DH_t is added to the finished sum Wᵀ δ. Splitting the time steps over several
// dispatches changes no bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(constant_id = 5) const bool LAST_ONLY = false;
layout(constant_id = 6) const bool IN_PLACE = false;
layout(constant_id = 7) const bool VEC = false;
layout(constant_id = 8) const uint ACT = 0;
layout(constant_id = 9) const bool WITH_DH0 = false;
layout(constant_id = 10) const bool TOUCH = false;
layout(constant_id = 12) const bool WITH_DUNIT = false;
layout(constant_id = 13) const bool MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps;
    uint resume;
    uint ldh, lddh, lddh0, ldd, ldu, ldm;
    float slope;
    uint off_p, off_h, off_dh, off_dh0, off_delta, off_dunit, off_mask;
} push;

#include "activation.glsl"
#include "fold.glsl"
#include "rnn_state.glsl"

layout(set = 0, binding = 1) readonly buffer H { float h[]; };
layout(set = 0, binding = 1) readonly buffer H4 { QUAD h4[]; };
layout(set = 0, binding = 2) readonly buffer DH { float dh[]; };
layout(set = 0, binding = 2) readonly buffer DH4 { QUAD dh_4[]; };
layout(set = 0, binding = 3) writeonly buffer DH0 { float dh0[]; };
layout(set = 0, binding = 3) writeonly buffer DH04 { QUAD dh0_4[]; };
layout(set = 0, binding = 4) buffer Delta { float delta[]; };
layout(set = 0, binding = 4) buffer Delta4 { QUAD delta4[]; };
layout(set = 0, binding = 5) buffer DUnit { float dunit[]; };
layout(set = 0, binding = 5) buffer DUnit4 { QUAD dunit4[]; };
layout(set = 0, binding = 6) readonly buffer Mask { float mask[]; };
layout(set = 0, binding = 6) readonly buffer Mask4 { QUAD mask4[]; };

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
    [[unroll]] for (uint e = 0; e < 4; e++) delta[at + within(col, e)] = v[e];
}

void storeDH0(uint row, uint col, vec4 v) {
    uint at = push.off_dh0 + row * push.lddh0 + 4 * col;
    if (VEC) {
        dh0_4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) dh0[at + within(col, e)] = v[e];
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
    [[unroll]] for (uint e = 0; e < 4; e++) dunit[at + within(col, e)] = v[e];
}

// maskOf returns the mask of vec4 column col of the sequence of a row of the work group.
vec4 maskOf(uint i, uint col) {
    uint at = push.off_mask + rowOf(i) * push.ldm + 4 * col;
    if (VEC) return fromQuad(mask4[at / 4]);
    return vec4(mask[at], mask[at + within(col, 1)], mask[at + within(col, 2)], mask[at + within(col, 3)]);
}

// back returns what comes back through W to row i and own column j.
vec4 back(uint i, uint j, uint col) { return MASKED ? maskOf(i, col) * sumAt(i, j) : sumAt(i, j); }

// outer returns DH_t at a row of its sequence.
vec4 outer(uint t, uint row, uint col) {
    if (LAST_ONLY) return t == push.steps && push.resume == 0 ? loadDH(row, col) : vec4(0.0);
    row += (t - 1) * push.batch;
    if (IN_PLACE) return loadDelta(row, col);
    return loadDH(row, col);
}

void step(uint t, uint j) {
    uint col = ownColumn(j);
    if (col >= N4) return;
    vec4 unit = ACT >= ACT_MODRELU ? extra(0, col) : vec4(0.0);
    [[dont_unroll]] for (uint first = 0; first < OWN_ROWS; first += ROWS_AT_ONCE) {
        vec4 v[ROWS_AT_ONCE];
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            uint i = min(ownRow(first + u), TM - 1);
            vec4 h = loadH(t * push.batch + rowOf(i), col), g = outer(t, rowOf(i), col) + back(i, j, col);
            v[u] = activate_unit_grad(h, ACT, push.slope, unit) * g;
            if (WITH_DUNIT && (TM % KS == 0 || ownRow(first + u) < TM) && exists(i)) {
                vec4 before = t == push.steps && push.resume == 0 ? vec4(0.0) : loadDUnit(rowOf(i), col);
                storeDUnit(rowOf(i), col, before + unit_grad(g, v[u], h, ACT, unit));
            }
        }
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            if (TM % KS == 0 || ownRow(first + u) < TM) setState(ownRow(first + u), col, v[u]);
        }
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            uint i = ownRow(first + u);
            if ((TM % KS == 0 || i < TM) && exists(i)) storeDelta((t - 1) * push.batch + rowOf(i), col, v[u]);
        }
    }
}

// touch loads a word of every 64 bytes that step t is going to read or write, so that they are in the cache of a processor when
// the product is done: few loads of a turn wait for memory at once. It returns what no compiler knows to be of no use.
uint touch(uint t) {
    const uint LINES = (N + 15) / 16;
    uint bits = 0;
    [[dont_unroll]] for (uint first = 0; first < TM * LINES; first += LX * KS * 4) {
        [[unroll]] for (uint u = 0; u < 4; u++) {
            uint e = min(first + u * LX * KS + gl_LocalInvocationIndex, TM * LINES - 1), row = rowOf(e / LINES), word = 16 * (e % LINES);
            bits |= floatBitsToUint(h[push.off_h + (t * push.batch + row) * push.ldh + word]);
            bits |= floatBitsToUint(delta[push.off_delta + ((t - 1) * push.batch + row) * push.ldd + word]);
            if (!LAST_ONLY && !IN_PLACE) bits |= floatBitsToUint(dh[push.off_dh + ((t - 1) * push.batch + row) * push.lddh + word]);
        }
    }
    return bits;
}

// start stores dL/dh_0.
void start(uint j) {
    uint col = ownColumn(j);
    if (col >= N4) return;
    [[dont_unroll]] for (uint r = 0; r < OWN_ROWS; r++) {
        uint i = ownRow(r);
        if (i < TM && exists(i)) storeDH0(rowOf(i), col, back(i, j, col));
    }
}

void main() {
    bool resume = push.resume != 0;
    [[dont_unroll]] for (uint e = gl_LocalInvocationIndex; e < TM * N4; e += LX * KS) {
        setState(e / N4, e % N4, resume ? loadDelta(push.steps * push.batch + rowOf(e / N4), e % N4) : vec4(0.0));
    }
    keep();
    barrier();
    for (uint t = push.steps; t > 0; t--) {
        uint bits = TOUCH ? touch(t) : 0;
        multiply(t < push.steps || resume);
        if (TOUCH && push.batch == 0 && bits == 1) setState(0, 0, vec4(0.0)); // never
        [[unroll]] for (uint j = 0; j < TN; j++) step(t, j);
        barrier();
    }
    if (!WITH_DH0) return;
    multiply(push.steps > 0 || resume);
    [[unroll]] for (uint j = 0; j < TN; j++) start(j);
}
