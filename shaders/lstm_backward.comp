// Back-propagation through time for an LSTM, t = steps … 1 (gpu.LSTMBackward): δ_t of the four gates from
//
//   dh = DH_t + mask∘(Wᵀ δ_{t+1}),   dc = dc_{t+1} + dh∘o∘(1 − tanh²(c_t)),   dc_t = dc∘f,   DH0 = mask∘(Wᵀ δ_1),   DC0 = dc_1
//
// Buffers (rows are sequences, time-major)
//   P      in     W as gated_pack lays it out
//   S      inout  with SHARED_STATE off, memory for every work group (lib/gated_state.glsl)
//   G      in     steps·B × 4N, row i at off_g + i·ldg: the gates; not read with IN_PLACE
//   C      in     (steps+1)·B × N, row i at off_c + i·ldc: rows t·B … are c_t
//   DH     in     steps·B × N, row i at off_dh + i·lddh: rows (t−1)·B … belong to step t. With LAST_ONLY it is B × N, belongs to the
//                 last step and is zero elsewhere
//   DZ     inout  steps·B × 4N, row i at off_dz + i·lddz: rows (t−1)·B … receive δ_t. With IN_PLACE it holds the gates. With resume
//                 it has B rows more, δ of the step after the last, to start from; else that is zero, and DH ends with step T
//   DC     inout  B × N, row i at off_dc + i·lddc: with resume dc of the step after the last, to start from; with WITH_DC it receives dc of step 1
//   DH0    out    B × N, row i at off_dh0 + i·lddh0; written with WITH_DH0
//   Mask   in     B × N, row i at off_mask + i·ldm: multiplies what comes back through W; read with MASKED
//
// Work groups: x counts blocks of TM sequences, which run through all time steps without leaving the work group; see lib/gated_state.glsl.
// VEC says that rows of all of them begin at multiples of 4 words and N is a multiple of 4. TOUCH is for drivers that run kernels on a
// processor.
//
// Precision: fp32 with fused multiply-add; DH_t is added to the finished sum Wᵀ δ. Splitting the time steps over several dispatches
// changes no bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_buffer_reference : require
#extension GL_KHR_shader_subgroup_basic : require
#endif

#define GATED_DEPTH 4
#define GATED_SUMS 1
#define GATED_BY_ADDRESS

layout(constant_id = 8) const bool LAST_ONLY = false;
layout(constant_id = 9) const bool IN_PLACE = false;
layout(constant_id = 10) const bool WITH_DC = false;
layout(constant_id = 11) const bool WITH_DH0 = false;
layout(constant_id = 12) const bool VEC = false;
layout(constant_id = 13) const bool TOUCH = false;
layout(constant_id = 14) const bool MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps;
    uint low_p, high_p, low_s, high_s; // addresses of P and S, for BY_ADDRESS
    uint resume;
    uint ldg, ldc, lddh, lddz, lddc, lddh0, ldm;
    uint off_p, off_s, off_g, off_c, off_dh, off_dz, off_dc, off_dh0, off_mask;
} push;

#include "lstm.glsl"
#include "gated_state.glsl"

layout(set = 0, binding = 2) readonly buffer G { float g[]; };
layout(set = 0, binding = 2) readonly buffer G4 { QUAD g4[]; };
layout(set = 0, binding = 3) readonly buffer C { float c[]; };
layout(set = 0, binding = 3) readonly buffer C4 { QUAD c4[]; };
layout(set = 0, binding = 4) readonly buffer DH { float dh[]; };
layout(set = 0, binding = 4) readonly buffer DH4 { QUAD dh_4[]; };
layout(set = 0, binding = 5) buffer DZ { float dz[]; };
layout(set = 0, binding = 5) buffer DZ4 { QUAD dz4[]; };
layout(set = 0, binding = 6) buffer DC { float dc[]; };
layout(set = 0, binding = 6) buffer DC4 { QUAD dc4[]; };
layout(set = 0, binding = 7) writeonly buffer DH0 { float dh0[]; };
layout(set = 0, binding = 7) writeonly buffer DH04 { QUAD dh0_4[]; };
layout(set = 0, binding = 8) readonly buffer Mask { float mask[]; };
layout(set = 0, binding = 8) readonly buffer Mask4 { QUAD mask4[]; };

#include "gated_mask.glsl"

vec4 loadG(uint at, uint col) { return VEC ? fromQuad(g4[at / 4]) : vec4(g[at], g[at + within(col, 1)], g[at + within(col, 2)], g[at + within(col, 3)]); }

vec4 loadC(uint at, uint col) { return VEC ? fromQuad(c4[at / 4]) : vec4(c[at], c[at + within(col, 1)], c[at + within(col, 2)], c[at + within(col, 3)]); }

vec4 loadDH(uint at, uint col) { return VEC ? fromQuad(dh_4[at / 4]) : vec4(dh[at], dh[at + within(col, 1)], dh[at + within(col, 2)], dh[at + within(col, 3)]); }

vec4 loadDZ(uint at, uint col) { return VEC ? fromQuad(dz4[at / 4]) : vec4(dz[at], dz[at + within(col, 1)], dz[at + within(col, 2)], dz[at + within(col, 3)]); }

vec4 loadDC(uint at, uint col) { return VEC ? fromQuad(dc4[at / 4]) : vec4(dc[at], dc[at + within(col, 1)], dc[at + within(col, 2)], dc[at + within(col, 3)]); }

void storeDZ(uint at, uint col, vec4 v) {
    if (VEC) {
        dz4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) dz[at + within(col, e)] = v[e];
}

void storeDC(uint at, uint col, vec4 v) {
    if (VEC) {
        dc4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) dc[at + within(col, e)] = v[e];
}

void storeDH0(uint at, uint col, vec4 v) {
    if (VEC) {
        dh0_4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) dh0[at + within(col, e)] = v[e];
}

// outer returns DH_t at a row of its sequence.
vec4 outer(uint t, uint row, uint col) {
    if (LAST_ONLY && (t < push.steps || push.resume != 0)) return vec4(0.0);
    if (!LAST_ONLY) row += (t - 1) * push.batch;
    return loadDH(push.off_dh + row * push.lddh + 4 * col, col);
}

vec4 gateAt(uint at_g, uint at_dz, uint k, uint col) { return IN_PLACE ? loadDZ(at_dz + k * N, col) : loadG(at_g + k * N, col); }

// step makes δ_t of element e.
void step(uint t, uint e) {
    uint i = e / N4, col = e % N4, row = (t - 1) * push.batch + rowOf(i);
    uint at_g = push.off_g + row * push.ldg + 4 * col, at_dz = push.off_dz + row * push.lddz + 4 * col, at_c = push.off_c + row * push.ldc + 4 * col;
    vec4 gates[4];
    [[unroll]] for (uint k = 0; k < 4; k++) gates[k] = gateAt(at_g, at_dz, k, col);
    vec4 before = loadC(at_c, col), cell = loadC(at_c + push.batch * push.ldc, col), grad = outer(t, rowOf(i), col) + back(i, col);
    LSTMBack b = lstmBack(gates[0], gates[1], gates[2], gates[3], before, cell, grad, carriedAt(i, col));
    setState(i, col, inside(col, b.i));
    setState(i, N4 + col, inside(col, b.f));
    setState(i, 2 * N4 + col, inside(col, b.g));
    setState(i, 3 * N4 + col, inside(col, b.o));
    setCarried(i, col, b.carried);
    if (!exists(i)) return;
    storeDZ(at_dz, col, b.i);
    storeDZ(at_dz + N, col, b.f);
    storeDZ(at_dz + 2 * N, col, b.g);
    storeDZ(at_dz + 3 * N, col, b.o);
}

// touch loads a word of every 64 bytes that step t is going to read or write, so that they are in the cache of a processor when
// the product is done: few loads of a turn wait for memory at once. It returns what no compiler knows to be of no use.
uint touch(uint t) {
    const uint LINES = (N + 15) / 16, GATE_LINES = (4 * N + 15) / 16;
    uint bits = 0;
    [[dont_unroll]] for (uint first = 0; first < TM * LINES; first += ALL * 2) {
        [[unroll]] for (uint u = 0; u < 2; u++) {
            uint e = min(first + u * ALL + lane(), TM * LINES - 1), row = (t - 1) * push.batch + rowOf(e / LINES), word = 16 * (e % LINES);
            bits |= floatBitsToUint(c[push.off_c + row * push.ldc + word]);
            if (!LAST_ONLY) bits |= floatBitsToUint(dh[push.off_dh + row * push.lddh + word]);
        }
    }
    [[dont_unroll]] for (uint first = 0; first < TM * GATE_LINES; first += ALL * 4) {
        [[unroll]] for (uint u = 0; u < 4; u++) {
            uint e = min(first + u * ALL + lane(), TM * GATE_LINES - 1), row = (t - 1) * push.batch + rowOf(e / GATE_LINES), word = 16 * (e % GATE_LINES);
            bits |= floatBitsToUint(dz[push.off_dz + row * push.lddz + word]);
            if (!IN_PLACE) bits |= floatBitsToUint(g[push.off_g + row * push.ldg + word]);
        }
    }
    return bits;
}

// end stores dL/dh_0, or what is carried on, of element e.
void end(uint e) {
    uint i = e / N4, col = e % N4;
    if (!exists(i)) return;
    if (WITH_DC) storeDC(push.off_dc + rowOf(i) * push.lddc + 4 * col, col, carriedAt(i, col));
    if (WITH_DH0) storeDH0(push.off_dh0 + rowOf(i) * push.lddh0 + 4 * col, col, back(i, col));
}

void main() {
    bool resume = push.resume != 0;
    [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) {
        uint i = e / N4, col = e % N4, at = push.off_dz + (push.steps * push.batch + rowOf(i)) * push.lddz + 4 * col;
        [[unroll]] for (uint k = 0; k < 4; k++) setState(i, k * N4 + col, resume ? inside(col, loadDZ(at + k * N, col)) : vec4(0.0));
        setCarried(i, col, resume ? loadDC(push.off_dc + rowOf(i) * push.lddc + 4 * col, col) : vec4(0.0));
    }
    keep();
    endStep();
    for (uint t = push.steps; t > 0; t--) {
        uint bits = TOUCH ? touch(t) : 0;
        multiply(t < push.steps || resume);
        if (TOUCH && push.batch == 0 && bits == 1) setState(0, 0, vec4(0.0)); // never
        [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) step(t, e);
        endStep();
    }
    if (!WITH_DC && !WITH_DH0) return;
    if (WITH_DH0) multiply(push.steps > 0 || resume);
    [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) end(e);
}
