// A GRU over time steps t = 1 … steps of a batch of sequences (gpu.GRUForward), from pre-activations a_r, a_z and a_n from outside:
//
//   s = mask∘h_{t−1},   m = W_n s + hidden bias,   r = σ(a_r + W_r s),   z = σ(a_z + W_z s),   n = tanh(a_n + r∘m),   h_t = (1−z)∘n + z∘h_{t−1}
//
// Buffers (rows are sequences, time-major)
//   P           in     Wᵀ as gated_pack lays it out
//   S           inout  with SHARED_STATE off, memory for every work group (lib/gated_state.glsl)
//   Z           in     steps·B × 3N, row i at off_z + i·ldz: pre-activations; not read with IN_PLACE
//   HiddenBias  in     1 × N; read with HAS_BIAS
//   G           inout  steps·B × 4N, row i at off_g + i·ldg: receives r, z, n and m with WITH_G; with IN_PLACE its first 3N columns hold the
//                      pre-activations
//   H           inout  (steps+1)·B × N, row i at off_h + i·ldh: the first B rows are the state to start from, the others receive h
//   Mask        in     B × N, row i at off_mask + i·ldm: multiplies the state before W does; read with MASKED
//   Masked      out    steps·B × N, row i at off_masked + i·ldmd: what W was given; written with WITH_MASKED
//
// Work groups: x counts blocks of TM sequences, which run through all time steps without leaving the work group; see lib/gated_state.glsl.
// VEC says that rows of Z, G, H, Mask and Masked begin at multiples of 4 words and N is a multiple of 4. TOUCH is for drivers that run kernels
// on a processor.
//
// Precision: fp32 with fused multiply-add; Z is added to the finished sum. Splitting the time steps over several dispatches changes no bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

#define GATED_DEPTH 1
#define GATED_SUMS 3
#define GATED_FORWARD

layout(constant_id = 8) const bool IN_PLACE = false;
layout(constant_id = 9) const bool HAS_BIAS = false;
layout(constant_id = 10) const bool WITH_G = true;
layout(constant_id = 11) const bool VEC = false;
layout(constant_id = 12) const bool TOUCH = false;
layout(constant_id = 13) const bool MASKED = false;
layout(constant_id = 14) const bool WITH_MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps;
    uint ldz, ldg, ldh, ldm, ldmd;
    uint off_p, off_s, off_z, off_hiddenbias, off_g, off_h, off_mask, off_masked;
} push;

#include "gru.glsl"
#include "gated_state.glsl"

layout(set = 0, binding = 2) readonly buffer Z { float z[]; };
layout(set = 0, binding = 2) readonly buffer Z4 { QUAD z4[]; };
layout(set = 0, binding = 3) readonly buffer HiddenBias { float hidden_bias[]; };
layout(set = 0, binding = 4) buffer G { float g[]; };
layout(set = 0, binding = 4) buffer G4 { QUAD g4[]; };
layout(set = 0, binding = 5) buffer H { float h[]; };
layout(set = 0, binding = 5) buffer H4 { QUAD h4[]; };
layout(set = 0, binding = 6) readonly buffer Mask { float mask[]; };
layout(set = 0, binding = 6) readonly buffer Mask4 { QUAD mask4[]; };
layout(set = 0, binding = 7) writeonly buffer Masked { float masked[]; };
layout(set = 0, binding = 7) writeonly buffer Masked4 { QUAD masked4[]; };

#include "gated_mask.glsl"

vec4 loadZ(uint at, uint col) { return VEC ? fromQuad(z4[at / 4]) : vec4(z[at], z[at + within(col, 1)], z[at + within(col, 2)], z[at + within(col, 3)]); }

vec4 loadG(uint at, uint col) { return VEC ? fromQuad(g4[at / 4]) : vec4(g[at], g[at + within(col, 1)], g[at + within(col, 2)], g[at + within(col, 3)]); }

vec4 loadH(uint at, uint col) { return VEC ? fromQuad(h4[at / 4]) : vec4(h[at], h[at + within(col, 1)], h[at + within(col, 2)], h[at + within(col, 3)]); }

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

vec4 biasAt(uint col) {
    uint at = push.off_hiddenbias + 4 * col;
    return vec4(hidden_bias[at], hidden_bias[at + within(col, 1)], hidden_bias[at + within(col, 2)], hidden_bias[at + within(col, 3)]);
}

// begin makes what step t, counted from 0, finds of a sequence's state h: under a mask the state that z lets through is carried beside it.
void begin(uint t, uint i, uint col, vec4 v) {
    enter(t, i, col, v);
    if (MASKED) setCarried(i, col, v);
}

// before returns h_{t−1} of element (i, col).
vec4 before(uint i, uint col) { return MASKED ? carriedAt(i, col) : heldAt(i * DEPTH4 + col); }

// step makes gates and state of element e.
void step(uint t, uint e) {
    uint i = e / N4, col = e % N4, row = t * push.batch + rowOf(i);
    vec4 a[3];
    uint at_g = push.off_g + row * push.ldg + 4 * col, at_z = push.off_z + row * push.ldz + 4 * col;
    [[unroll]] for (uint k = 0; k < 3; k++) a[k] = IN_PLACE ? loadG(at_g + k * N, col) : loadZ(at_z + k * N, col);
    vec4 m = sumAt(i, 2 * N4 + col);
    if (HAS_BIAS) m += biasAt(col);
    GRUStep s = gruStep(sumAt(i, col) + a[0], sumAt(i, N4 + col) + a[1], a[2], m, before(i, col));
    begin(t + 1, i, col, s.h);
    if (!exists(i)) return;
    storeH(push.off_h + (row + push.batch) * push.ldh + 4 * col, col, s.h);
    if (!WITH_G) return;
    storeG(at_g, col, s.r);
    storeG(at_g + N, col, s.z);
    storeG(at_g + 2 * N, col, s.n);
    storeG(at_g + 3 * N, col, m);
}

// touch loads a word of every 64 bytes that step t is going to read or write, so that they are in the cache of a processor when
// the product is done: few loads of a turn wait for memory at once. It returns what no compiler knows to be of no use.
uint touch(uint t) {
    const uint LINES = (N + 15) / 16, OUTER_LINES = (3 * N + 15) / 16, GATE_LINES = (4 * N + 15) / 16;
    uint bits = 0;
    [[dont_unroll]] for (uint first = 0; first < TM * LINES; first += ALL * 2) {
        [[unroll]] for (uint u = 0; u < 2; u++) {
            uint e = min(first + u * ALL + lane(), TM * LINES - 1);
            bits |= floatBitsToUint(h[push.off_h + ((t + 1) * push.batch + rowOf(e / LINES)) * push.ldh + 16 * (e % LINES)]);
        }
    }
    if (WITH_G) {
        [[dont_unroll]] for (uint first = 0; first < TM * GATE_LINES; first += ALL * 4) {
            [[unroll]] for (uint u = 0; u < 4; u++) {
                uint e = min(first + u * ALL + lane(), TM * GATE_LINES - 1);
                bits |= floatBitsToUint(g[push.off_g + (t * push.batch + rowOf(e / GATE_LINES)) * push.ldg + 16 * (e % GATE_LINES)]);
            }
        }
    }
    if (!IN_PLACE) {
        [[dont_unroll]] for (uint first = 0; first < TM * OUTER_LINES; first += ALL * 4) {
            [[unroll]] for (uint u = 0; u < 4; u++) {
                uint e = min(first + u * ALL + lane(), TM * OUTER_LINES - 1);
                bits |= floatBitsToUint(z[push.off_z + (t * push.batch + rowOf(e / OUTER_LINES)) * push.ldz + 16 * (e % OUTER_LINES)]);
            }
        }
    }
    return bits;
}

void main() {
    [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) {
        uint i = e / N4, col = e % N4;
        begin(0, i, col, loadH(push.off_h + rowOf(i) * push.ldh + 4 * col, col));
    }
    keep();
    endStep();
    for (uint t = 0; t < push.steps; t++) {
        uint bits = TOUCH ? touch(t) : 0;
        multiply(true);
        if (TOUCH && push.batch == 0 && bits == 1) setState(0, 0, vec4(0.0)); // never
        [[dont_unroll]] for (uint e = lane(); e < ELEMENTS; e += ALL) step(t, e);
        endStep();
    }
}
