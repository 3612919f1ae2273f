// Back-propagation through time for a GRU, t = steps … 1 (gpu.GRUBackward): δ of the gates and of m from
//
//   dh = DH_t + dh_{t+1}∘z_{t+1} + mask∘(Wᵀ (δ_r, δ_z, δ_m)) of step t+1,   DH0 the same of step 1 without DH
//
// Buffers (rows are sequences, time-major)
//   P      in     W as gated_pack lays it out
//   S      inout  with SHARED_STATE off, memory for every work group (lib/gated_state.glsl)
//   G      in     steps·B × 4N, row i at off_g + i·ldg: r, z, n and m; not read with IN_PLACE
//   H      in     steps·B × N, row i at off_h + i·ldh: rows (t−1)·B … are h_{t−1}
//   DH     in     steps·B × N, row i at off_dh + i·lddh: rows (t−1)·B … belong to step t. With LAST_ONLY it is B × N, belongs to the
//                 last step and is zero elsewhere
//   DZ     inout  steps·B × 4N, row i at off_dz + i·lddz: rows (t−1)·B … receive δ_r, δ_z, δ_n and δ_m. With IN_PLACE it holds the gates.
//                 With resume it has B rows more, δ of the step after the last, to start from; else that is zero, and DH ends with step T
//   DC     inout  B × N, row i at off_dc + i·lddc: with resume dh∘z of the step after the last, to start from; with WITH_DC it receives
//                 that of step 1
//   DH0    out    B × N, row i at off_dh0 + i·lddh0; written with WITH_DH0
//   Mask   in     B × N, row i at off_mask + i·ldm: multiplies what comes back through W; read with MASKED
//
// Work groups: x counts blocks of TM sequences, which run through all time steps without leaving the work group; see lib/gated_state.glsl.
// VEC says that rows of all of them begin at multiples of 4 words and N is a multiple of 4. TOUCH is for drivers that run kernels on a
// processor.
//
// Precision: fp32 with fused multiply-add; DH_t is added to the finished sum. Splitting the time steps over several dispatches changes no
// bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

#define GATED_DEPTH 3
#define GATED_SUMS 1

layout(constant_id = 8) const bool LAST_ONLY = false;
layout(constant_id = 9) const bool IN_PLACE = false;
layout(constant_id = 10) const bool WITH_DC = false;
layout(constant_id = 11) const bool WITH_DH0 = false;
layout(constant_id = 12) const bool VEC = false;
layout(constant_id = 13) const bool TOUCH = false;
layout(constant_id = 14) const bool MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps;
    uint resume;
    uint ldg, ldh, lddh, lddz, lddc, lddh0, ldm;
    uint off_p, off_s, off_g, off_h, off_dh, off_dz, off_dc, off_dh0, off_mask;
} push;

#include "gru.glsl"
#include "gated_state.glsl"

layout(set = 0, binding = 2) readonly buffer G { float g[]; };
layout(set = 0, binding = 2) readonly buffer G4 { QUAD g4[]; };
layout(set = 0, binding = 3) readonly buffer H { float h[]; };
layout(set = 0, binding = 3) readonly buffer H4 { QUAD h4[]; };
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

vec4 loadH(uint at, uint col) { return VEC ? fromQuad(h4[at / 4]) : vec4(h[at], h[at + within(col, 1)], h[at + within(col, 2)], h[at + within(col, 3)]); }

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
    uint at_g = push.off_g + row * push.ldg + 4 * col, at_dz = push.off_dz + row * push.lddz + 4 * col;
    vec4 gates[4];
    [[unroll]] for (uint k = 0; k < 4; k++) gates[k] = gateAt(at_g, at_dz, k, col);
    vec4 grad = outer(t, rowOf(i), col) + back(i, col) + carriedAt(i, col);
    GRUBack b = gruBack(gates[0], gates[1], gates[2], gates[3], loadH(push.off_h + row * push.ldh + 4 * col, col), grad);
    setState(i, col, inside(col, b.r));
    setState(i, N4 + col, inside(col, b.z));
    setState(i, 2 * N4 + col, inside(col, b.m));
    setCarried(i, col, b.carried);
    if (!exists(i)) return;
    storeDZ(at_dz, col, b.r);
    storeDZ(at_dz + N, col, b.z);
    storeDZ(at_dz + 2 * N, col, b.n);
    storeDZ(at_dz + 3 * N, col, b.m);
}

// touch loads a word of every 64 bytes that step t is going to read or write, so that they are in the cache of a processor when
// the product is done: few loads of a turn wait for memory at once. It returns what no compiler knows to be of no use.
uint touch(uint t) {
    const uint LINES = (N + 15) / 16, GATE_LINES = (4 * N + 15) / 16;
    uint bits = 0;
    [[dont_unroll]] for (uint first = 0; first < TM * LINES; first += ALL * 2) {
        [[unroll]] for (uint u = 0; u < 2; u++) {
            uint e = min(first + u * ALL + lane(), TM * LINES - 1), row = (t - 1) * push.batch + rowOf(e / LINES), word = 16 * (e % LINES);
            bits |= floatBitsToUint(h[push.off_h + row * push.ldh + word]);
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
    if (WITH_DH0) storeDH0(push.off_dh0 + rowOf(i) * push.lddh0 + 4 * col, col, back(i, col) + carriedAt(i, col));
}

void main() {
    bool resume = push.resume != 0;
    [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) {
        uint i = e / N4, col = e % N4, at = push.off_dz + (push.steps * push.batch + rowOf(i)) * push.lddz + 4 * col;
        [[unroll]] for (uint k = 0; k < 3; k++) setState(i, k * N4 + col, resume ? inside(col, loadDZ(at + (k < 2 ? k : 3) * N, col)) : vec4(0.0));
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
