// An LSTM over time steps t = 1 … steps of a batch of sequences (gpu.LSTMForward):
//
//   a = W (mask∘h_{t−1}) + z_t,   i = σ(a_i), f = σ(a_f), g = tanh(a_g), o = σ(a_o),   c_t = f∘c_{t−1} + i∘g,   h_t = o∘tanh(c_t)
//
// Buffers (rows are sequences, time-major)
//   P   in     Wᵀ, and for EXTRA4 > 0 the input map and the bias, as gated_pack lays them out
//   S   inout  with SHARED_STATE off, memory for every work group (lib/gated_state.glsl)
//   Z   in     steps·B × 4N, row i at off_z + i·ldz: pre-activations from outside; read with SOURCE = 1
//   X   in     steps·B × INPUT, row i at off_x + i·ldx; read with SOURCE = 2
//   G   inout  steps·B × 4N, row i at off_g + i·ldg: receives the gates with WITH_G; with SOURCE = 3 it holds the pre-activations
//   H   inout  (steps+1)·B × N, row i at off_h + i·ldh: the first B rows are the state to start from, the others receive h
//   C   inout  the same for c
//   Mask    in   B × N, row i at off_mask + i·ldm: multiplies the state before W does; read with MASKED
//   Masked  out  steps·B × N, row i at off_masked + i·ldmd: what W was given; written with WITH_MASKED
//
// SOURCE is where z comes from: 0 it is zero, 1 Z, 2 X by the rows of P behind Wᵀ (the state has x_t and a 1 behind h), 3 G.
//
// Work groups: x counts blocks of TM sequences, which run through all time steps without leaving the work group; see lib/gated_state.glsl.
// VEC says that rows of Z, G, H, C, Mask and Masked begin at multiples of 4 words and N is a multiple of 4. TOUCH is for drivers that run kernels on a
// processor.
//
// Precision: fp32 with fused multiply-add; Z is added to the finished sum, x and the bias are its last terms. Splitting the time steps
// over several dispatches changes no bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_buffer_reference : require
#extension GL_KHR_shader_subgroup_basic : require
#endif

#define GATED_DEPTH 1
#define GATED_SUMS 4
#define GATED_FORWARD
#define GATED_BY_ADDRESS

layout(constant_id = 8) const uint SOURCE = 0;
layout(constant_id = 9) const uint INPUT = 0;
layout(constant_id = 10) const bool WITH_G = true;
layout(constant_id = 11) const bool VEC = false;
layout(constant_id = 12) const bool TOUCH = false;
layout(constant_id = 13) const bool MASKED = false;
layout(constant_id = 14) const bool WITH_MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps;
    uint low_p, high_p, low_s, high_s; // addresses of P and S, for BY_ADDRESS
    uint ldz, ldx, ldg, ldh, ldc, ldm, ldmd;
    uint off_p, off_s, off_z, off_x, off_g, off_h, off_c, off_mask, off_masked;
} push;

#include "lstm.glsl"
#include "gated_state.glsl"

layout(set = 0, binding = 2) readonly buffer Z { float z[]; };
layout(set = 0, binding = 2) readonly buffer Z4 { QUAD z4[]; };
layout(set = 0, binding = 3) readonly buffer X { float x[]; };
layout(set = 0, binding = 4) buffer G { float g[]; };
layout(set = 0, binding = 4) buffer G4 { QUAD g4[]; };
layout(set = 0, binding = 5) buffer H { float h[]; };
layout(set = 0, binding = 5) buffer H4 { QUAD h4[]; };
layout(set = 0, binding = 6) buffer C { float c[]; };
layout(set = 0, binding = 6) buffer C4 { QUAD c4[]; };
layout(set = 0, binding = 7) readonly buffer Mask { float mask[]; };
layout(set = 0, binding = 7) readonly buffer Mask4 { QUAD mask4[]; };
layout(set = 0, binding = 8) writeonly buffer Masked { float masked[]; };
layout(set = 0, binding = 8) writeonly buffer Masked4 { QUAD masked4[]; };

#include "gated_mask.glsl"

const uint FROM_Z = 1, FROM_X = 2, FROM_G = 3;

vec4 loadZ(uint at, uint col) { return VEC ? fromQuad(z4[at / 4]) : vec4(z[at], z[at + within(col, 1)], z[at + within(col, 2)], z[at + within(col, 3)]); }

vec4 loadG(uint at, uint col) { return VEC ? fromQuad(g4[at / 4]) : vec4(g[at], g[at + within(col, 1)], g[at + within(col, 2)], g[at + within(col, 3)]); }

vec4 loadH(uint at, uint col) { return VEC ? fromQuad(h4[at / 4]) : vec4(h[at], h[at + within(col, 1)], h[at + within(col, 2)], h[at + within(col, 3)]); }

vec4 loadC(uint at, uint col) { return VEC ? fromQuad(c4[at / 4]) : vec4(c[at], c[at + within(col, 1)], c[at + within(col, 2)], c[at + within(col, 3)]); }

void storeG(uint at, uint col, vec4 v) {
    if (VEC) {
        g4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) g[at + within(col, e)] = v[e];
}

void storeH(uint at, uint col, vec4 v) {
    if (VEC) {
        h4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) h[at + within(col, e)] = v[e];
}

void storeC(uint at, uint col, vec4 v) {
    if (VEC) {
        c4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) c[at + within(col, e)] = v[e];
}

// takeInput puts x of a step, and a 1 as the last word, behind the states.
void takeInput(uint t) {
    if (EXTRA4 == 0) return;
    [[dont_unroll]] for (uint e = lane(); e < TM * EXTRA4; e += ALL) {
        uint i = e / EXTRA4, q = e % EXTRA4, at = push.off_x + (t * push.batch + rowOf(i)) * push.ldx + 4 * q;
        vec4 v = vec4(0.0);
        [[unroll]] for (uint u = 0; u < 4; u++) {
            if (4 * q + u < INPUT) v[u] = x[at + u];
        }
        if (q == EXTRA4 - 1) v.w = 1.0;
        setState(i, N4 + q, v);
    }
}

// step makes gates and states of element e.
void step(uint t, uint e) {
    uint i = e / N4, col = e % N4, row = t * push.batch + rowOf(i);
    vec4 a[4];
    uint at_g = push.off_g + row * push.ldg + 4 * col, at_z = push.off_z + row * push.ldz + 4 * col;
    [[unroll]] for (uint k = 0; k < 4; k++) {
        a[k] = sumAt(i, k * N4 + col);
        if (SOURCE == FROM_Z) a[k] += loadZ(at_z + k * N, col);
        if (SOURCE == FROM_G) a[k] += loadG(at_g + k * N, col);
    }
    LSTMStep s = lstmStep(a[0], a[1], a[2], a[3], carriedAt(i, col));
    enter(t + 1, i, col, s.h);
    setCarried(i, col, s.c);
    if (!exists(i)) return;
    row += push.batch;
    storeH(push.off_h + row * push.ldh + 4 * col, col, s.h);
    storeC(push.off_c + row * push.ldc + 4 * col, col, s.c);
    if (!WITH_G) return;
    storeG(at_g, col, s.i);
    storeG(at_g + N, col, s.f);
    storeG(at_g + 2 * N, col, s.g);
    storeG(at_g + 3 * N, col, s.o);
}

// touch loads a word of every 64 bytes that step t is going to read or write, so that they are in the cache of a processor when
// the product is done: few loads of a turn wait for memory at once. It returns what no compiler knows to be of no use.
uint touch(uint t) {
    const uint LINES = (N + 15) / 16, GATE_LINES = (4 * N + 15) / 16;
    uint bits = 0;
    [[dont_unroll]] for (uint first = 0; first < TM * LINES; first += ALL * 2) {
        [[unroll]] for (uint u = 0; u < 2; u++) {
            uint e = min(first + u * ALL + lane(), TM * LINES - 1), row = (t + 1) * push.batch + rowOf(e / LINES), word = 16 * (e % LINES);
            bits |= floatBitsToUint(h[push.off_h + row * push.ldh + word]) | floatBitsToUint(c[push.off_c + row * push.ldc + word]);
        }
    }
    if (!WITH_G && SOURCE != FROM_Z) return bits;
    [[dont_unroll]] for (uint first = 0; first < TM * GATE_LINES; first += ALL * 4) {
        [[unroll]] for (uint u = 0; u < 4; u++) {
            uint e = min(first + u * ALL + lane(), TM * GATE_LINES - 1), row = t * push.batch + rowOf(e / GATE_LINES), word = 16 * (e % GATE_LINES);
            if (WITH_G) bits |= floatBitsToUint(g[push.off_g + row * push.ldg + word]);
            if (SOURCE == FROM_Z) bits |= floatBitsToUint(z[push.off_z + row * push.ldz + word]);
        }
    }
    return bits;
}

void main() {
    [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) {
        uint i = e / N4, col = e % N4;
        enter(0, i, col, loadH(push.off_h + rowOf(i) * push.ldh + 4 * col, col));
        setCarried(i, col, loadC(push.off_c + rowOf(i) * push.ldc + 4 * col, col));
    }
    takeInput(0);
    keep();
    endStep();
    for (uint t = 0; t < push.steps; t++) {
        uint bits = TOUCH ? touch(t) : 0;
        multiply(true);
        if (TOUCH && push.batch == 0 && bits == 1) setState(0, 0, vec4(0.0)); // never
        [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) step(t, e);
        if (t + 1 < push.steps) takeInput(t + 1);
        endStep();
    }
}
