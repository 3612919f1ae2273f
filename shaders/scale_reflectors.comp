// y_j = s_j u_j, s_j a power of two that brings the largest entry of u_j near 1, and Y_ij = 0 for j < i mod per_set: reflectors whose squares
// neither overflow nor vanish, with their structural zeros.
//
// Buffers
//   U   in    m × n, sets of per_set ≤ n reflectors below each other, row i at off_u + i·stride_u
//   Y   out   m × n, row i at off_y + i·stride_y. May be U.
//   S   out   m
//
// Work groups: one a row, folded over x and y; a team of all invocations, each of
// which takes every local_size_x-th element, or four neighbours with WIDE (n,
// the strides and the offsets of U and Y are multiples of four).
//
// Precision: exact. Entries are read as bits, since arithmetic may take denormal
// numbers for zero.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"
#include "numbers.glsl"

layout(constant_id = 2) const bool WIDE = false;

layout(set = 0, binding = 0) readonly buffer U { uint u[]; };
layout(set = 0, binding = 0) readonly buffer U4 { uvec4 u4[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 1) writeonly buffer Y4 { vec4 y4[]; };
layout(set = 0, binding = 2) writeonly buffer S { float s[]; };

layout(push_constant) uniform Push {
    uint m;
    uint n;
    uint per_set;
    uint stride_u;
    uint stride_y;
    uint off_u;
    uint off_y;
    uint off_s;
};

const uint STEP = WIDE ? 4u : 1u, MAGNITUDE = 0x7fffffffu;

// load returns the bits of elements j … j + 3 of row i, or of element j in x, with structural zeros.
uvec4 load(uint i, uint j) {
    uint at = off_u + i * stride_u + j;
    uvec4 v = WIDE ? u4[at / 4u] : uvec4(u[at], 0u, 0u, 0u);
    return mix(uvec4(0u), v, greaterThanEqual(j + uvec4(0u, 1u, 2u, 3u), uvec4(i % per_set)));
}

void store(uint i, uint j, vec4 v) {
    uint at = off_y + i * stride_y + j;
    if (WIDE) {
        y4[at / 4u] = v;
    } else {
        y[at] = v.x;
    }
}

void main() {
    uint i = foldedGroup(), begin = STEP * gl_LocalInvocationIndex, across = STEP * gl_WorkGroupSize.x;
    if (i >= m) return; // the whole work group
    uvec4 most = uvec4(0u); // bits of magnitudes are in the order of the magnitudes
    for (uint j = begin; j < n; j += across) most = max(most, load(i, j) & MAGNITUDE);
    uint largest = teamMaxUint(max(max(most.x, most.y), max(most.z, most.w)));
    int k = largest == 0u ? 0 : scaleExponent(largest);
    for (uint j = begin; j < n; j += across) {
        uvec4 v = load(i, j);
        vec4 t = vec4(0.0);
        for (uint c = 0u; c < STEP; c++) t[c] = timesPower2(v[c], k);
        store(i, j, t);
    }
    if (gl_LocalInvocationIndex == 0u) s[off_s + i] = power2(k);
}
