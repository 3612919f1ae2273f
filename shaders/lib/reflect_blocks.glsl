// What the kernels share that take rows through blocks of Householder reflectors (reflect_blocks.comp says what they compute and how
// the buffers are laid out): their switches, their buffers, and access to them. A work group takes TM rows from row0 on. VEC says that
// rows of X, DY, U, A and Y begin at multiples of four words and n is a multiple of four.

#ifndef REFLECT_BLOCKS_GLSL
#define REFLECT_BLOCKS_GLSL

#include "quad.glsl"

layout(constant_id = 1) const uint TM = 4;
layout(constant_id = 2) const uint BLOCK = 32;
layout(constant_id = 3) const bool TRANSPOSE = false;
layout(constant_id = 4) const bool HISTORY = false;
layout(constant_id = 5) const bool VEC = false;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { QUAD x4[]; };
layout(set = 0, binding = 1) readonly buffer DY { float dy[]; };
layout(set = 0, binding = 1) readonly buffer DY4 { QUAD dy4[]; };
layout(set = 0, binding = 2) readonly buffer U { float u[]; };
layout(set = 0, binding = 2) readonly buffer U4 { QUAD u4[]; };
layout(set = 0, binding = 3) readonly buffer A { float a[]; };
layout(set = 0, binding = 3) readonly buffer A4 { QUAD a4[]; };
layout(set = 0, binding = 4) coherent buffer S { QUAD s4[]; };
layout(set = 0, binding = 5) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 5) writeonly buffer Y4 { QUAD y4[]; };
layout(set = 0, binding = 6) writeonly buffer H { QUAD h4[]; };
layout(set = 0, binding = 7) writeonly buffer E { QUAD e4[]; };

layout(push_constant) uniform Push {
    uint rows, half_rows, n, m;
    uint first, blocks, total; // total = K
    uint copy_in, copy_out;
    uint stride_x, stride_dy, stride_u, stride_a, stride_s, stride_y;
    uint off_x, off_dy, off_u, off_a, off_s, off_y, off_h, off_e; // off_s, off_h and off_e in vec4
} push;

const uint LX = gl_WorkGroupSize.x;
const uint B4 = BLOCK / 4;

uint lane, n4, row0;

bool exists(uint i) { return row0 + i < push.rows; }

uint rowOf(uint i) { return min(row0 + i, push.rows - 1u); }

#include "reflector_row.glsl"

vec4 triangle(uint row, uint q) {
    uint at = push.off_a + row * push.stride_a + 4u * q;
    if (VEC) return fromQuad(a4[at / 4u]);
    return vec4(a[at], a[at + 1u], a[at + 2u], a[at + 3u]);
}

// given returns vec4 column q of row i of what the state begins with.
vec4 given(uint i, uint q) {
    uint r = rowOf(i);
    bool second = r >= push.half_rows;
    uint at = (second ? push.off_dy + (r - push.half_rows) * push.stride_dy : push.off_x + r * push.stride_x) + 4u * q;
    if (VEC) return second ? fromQuad(dy4[at / 4u]) : fromQuad(x4[at / 4u]);
    vec4 v = vec4(0.0);
    [[unroll]] for (uint e = 0u; e < 4u; e++) {
        if (4u * q + e < push.n) v[e] = second ? dy[at + e] : x[at + e];
    }
    return v;
}

void give(uint i, uint q, vec4 v) {
    uint skip = HISTORY ? push.half_rows : 0u;
    if (!exists(i) || row0 + i < skip) return;
    uint at = push.off_y + (row0 + i - skip) * push.stride_y + 4u * q;
    if (VEC) {
        y4[at / 4u] = toQuad(v);
        return;
    }
    [[unroll]] for (uint e = 0u; e < 4u; e++) {
        if (4u * q + e < push.n) y[at + e] = v[e];
    }
}

#endif
