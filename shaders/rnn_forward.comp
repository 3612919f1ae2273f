// h_t = φ( W (mask∘h_{t−1}) + z_t ) for t = 1 … steps of a batch of sequences, with z_t = Z_t, or h_t as it stands, or Wx x_t + bias.
//
// Buffers (rows are sequences, time-major)
//   P   in     Wᵀ, for INPUT > 0 Wxᵀ (INPUT rows) and the bias, and the units' parameters if ACT has any, as rnn_pack lays them out
//   Z   in     steps·B × N, row i at off_z + i·ldz: pre-activations; not read with IN_PLACE or INPUT > 0
//   X   in     steps·B × INPUT, row i at off_x + i·ldx; not read with INPUT = 0
//   H   inout  (steps+1)·B × N, row i at off_h + i·ldh: the first B rows are the state to start from, the others receive the
//              states. With IN_PLACE those hold the pre-activations z.
//   Mask    in   B × N, row i at off_mask + i·ldm: multiplies the state before W does; read with MASKED
//   Masked  out  steps·B × N, row i at off_masked + i·ldmd: what W was given; written with WITH_MASKED. With STATES_MASKED the first steps·B rows of H
//                receive it instead, and only the last state is there as it is
//
// Work groups: folded over x and y, they count blocks of TM sequences, which run through all time steps without leaving the work group; see
// lib/rnn_state.glsl. VEC says that rows of Z, H, Mask and Masked begin at multiples of 4 words and N is a multiple of 4.
// TOUCH is for drivers that run kernels on a processor.
//
// Precision: fp32 with fused multiply-add; z_t is added to the finished sum W h. Splitting the time steps over several dispatches
// changes no bit.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(constant_id = 5) const uint INPUT = 0;
layout(constant_id = 6) const bool IN_PLACE = false;
layout(constant_id = 7) const bool VEC = false;
layout(constant_id = 8) const uint ACT = 0;
layout(constant_id = 9) const bool TOUCH = false;
layout(constant_id = 12) const bool MASKED = false;
layout(constant_id = 13) const bool WITH_MASKED = false;
layout(constant_id = 15) const bool STATES_MASKED = false;

layout(push_constant) uniform Push {
    uint batch, steps;
    uint ldz, ldx, ldh, ldm, ldmd;
    float slope;
    uint off_p, off_z, off_x, off_h, off_mask, off_masked;
} push;

#include "activation.glsl"
#include "fold.glsl"
#include "rnn_state.glsl"

layout(set = 0, binding = 1) readonly buffer Z { float z[]; };
layout(set = 0, binding = 1) readonly buffer Z4 { QUAD z4[]; };
layout(set = 0, binding = 2) readonly buffer X { float x[]; };
layout(set = 0, binding = 3) buffer H { float h[]; };
layout(set = 0, binding = 3) buffer H4 { QUAD h4[]; };
layout(set = 0, binding = 4) readonly buffer Mask { float mask[]; };
layout(set = 0, binding = 4) readonly buffer Mask4 { QUAD mask4[]; };
layout(set = 0, binding = 5) writeonly buffer Masked { float masked[]; };
layout(set = 0, binding = 5) writeonly buffer Masked4 { QUAD masked4[]; };

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

void storeMasked(uint row, uint col, vec4 v) {
    uint at = push.off_masked + row * push.ldmd + 4 * col;
    if (VEC) {
        masked4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) masked[at + within(col, e)] = v[e];
}

// enter makes the state of step t, counted from 0, of what a sequence's state was before.
void enter(uint t, uint i, uint col, vec4 v) {
    if (MASKED) v *= maskOf(i, col);
    setState(i, col, v);
    if (WITH_MASKED && t < push.steps && exists(i)) storeMasked(t * push.batch + rowOf(i), col, v);
    if (STATES_MASKED && t < push.steps && exists(i)) storeH(t * push.batch + rowOf(i), col, v);
}

void step(uint t, uint j) {
    uint col = ownColumn(j);
    if (col >= N4) return;
    vec4 wx[INPUT + 1];
    [[unroll]] for (uint q = 0; q <= INPUT; q++) wx[q] = INPUT > 0 ? extra(q, col) : vec4(0.0);
    vec4 unit = ACT >= ACT_MODRELU ? extra(INPUT > 0 ? INPUT + 1 : 0, col) : vec4(0.0);
    [[dont_unroll]] for (uint first = 0; first < OWN_ROWS; first += ROWS_AT_ONCE) {
        vec4 v[ROWS_AT_ONCE];
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            uint i = min(ownRow(first + u), TM - 1), row = t * push.batch + rowOf(i);
            vec4 z_t = wx[INPUT];
            if (INPUT > 0) {
                [[unroll]] for (uint q = 0; q < INPUT; q++) z_t = fma(vec4(x[push.off_x + row * push.ldx + q]), wx[q], z_t);
            } else {
                z_t = IN_PLACE ? loadH(row + push.batch, col) : loadZ(row, col);
            }
            v[u] = activate_unit(sumAt(i, j) + z_t, ACT, push.slope, unit);
        }
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            if (TM % KS == 0 || ownRow(first + u) < TM) enter(t + 1, ownRow(first + u), col, v[u]);
        }
        if (STATES_MASKED && t + 1 < push.steps) continue;
        [[unroll]] for (uint u = 0; u < ROWS_AT_ONCE; u++) {
            uint i = ownRow(first + u);
            if ((TM % KS == 0 || i < TM) && exists(i)) storeH((t + 1) * push.batch + rowOf(i), col, v[u]);
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
            uint e = min(first + u * LX * KS + gl_LocalInvocationIndex, TM * LINES - 1), row = t * push.batch + rowOf(e / LINES), word = 16 * (e % LINES);
            bits |= floatBitsToUint(h[push.off_h + (row + push.batch) * push.ldh + word]);
            if (INPUT == 0 && !IN_PLACE) bits |= floatBitsToUint(z[push.off_z + row * push.ldz + word]);
        }
    }
    return bits;
}

void main() {
    [[dont_unroll]] for (uint e = gl_LocalInvocationIndex; e < TM * N4; e += LX * KS) enter(0, e / N4, e % N4, loadH(rowOf(e / N4), e % N4));
    keep();
    barrier();
    for (uint t = 0; t < push.steps; t++) {
        uint bits = TOUCH ? touch(t) : 0;
        multiply(true);
        if (TOUCH && push.batch == 0 && bits == 1) setState(0, 0, vec4(0.0)); // never
        [[unroll]] for (uint j = 0; j < TN; j++) step(t, j);
        barrier();
    }
}
