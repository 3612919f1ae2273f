// u_i ← u_i/‖u_i‖ and U_ij = 0 for j < i mod per_set: reflectors to unit length, a row each, with their structural zeros.
//
// Buffers
//   U   inout   m × n, sets of per_set ≤ n reflectors below each other, row i at off_u + i·stride_u. A zero row stays zero.
//
// Work groups: one a row, folded over x and y; z is the item of a repetition, which begins z·step_u further; a team of all invocations, each of
// which takes every local_size_x-th element, or four neighbours with WIDE (n,
// stride_u and off_u are multiples of four).
//
// Precision: fp32. The row is multiplied by a power of two first that brings its
// largest element near 1, so that no square overflows or underflows; an
// invocation adds its squares, then a tree. Elements are read as bits, since
// arithmetic may take denormal numbers for zero.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "repeat.glsl"
#include "team.glsl"
#include "numbers.glsl"

layout(constant_id = 2) const bool WIDE = false;

layout(set = 0, binding = 0) buffer U { uint u[]; };
layout(set = 0, binding = 0) buffer U4 { uvec4 u4[]; };

layout(push_constant) uniform Push {
    uint m;
    uint n;
    uint per_set;
    uint stride_u;
    uint off_u;
    uint step_u;
};

const uint STEP = WIDE ? 4u : 1u, MAGNITUDE = 0x7fffffffu;

// load returns the bits of elements j … j + 3 of row i, or of element j in x, with structural zeros.
uvec4 load(uint i, uint j) {
    uint at = item(off_u, step_u) + i * stride_u + j;
    uvec4 v = WIDE ? u4[at / 4u] : uvec4(u[at], 0u, 0u, 0u);
    return mix(uvec4(0u), v, greaterThanEqual(j + uvec4(0u, 1u, 2u, 3u), uvec4(i % per_set)));
}

// scaled returns them times 2^k.
vec4 scaled(uint i, uint j, int k) {
    uvec4 v = load(i, j);
    vec4 t = vec4(0.0);
    for (uint c = 0u; c < STEP; c++) t[c] = timesPower2(v[c], k);
    return t;
}

void store(uint i, uint j, vec4 v) {
    uint at = item(off_u, step_u) + i * stride_u + j;
    if (WIDE) {
        u4[at / 4u] = floatBitsToUint(v);
    } else {
        u[at] = floatBitsToUint(v.x);
    }
}

void main() {
    uint i = foldedGroup(), begin = STEP * gl_LocalInvocationIndex, across = STEP * gl_WorkGroupSize.x;
    if (i >= m) return; // the whole work group
    uvec4 most = uvec4(0u); // bits of magnitudes are in the order of the magnitudes
    for (uint j = begin; j < n; j += across) most = max(most, load(i, j) & MAGNITUDE);
    uint largest = teamMaxUint(max(max(most.x, most.y), max(most.z, most.w)));
    int k = scaleExponent(largest);
    vec4 sum = vec4(0.0);
    for (uint j = begin; j < n; j += across) {
        vec4 v = scaled(i, j, k);
        sum += v * v;
    }
    float square = teamSum((sum.x + sum.y) + (sum.z + sum.w)), length = largest == 0u ? 1.0 : sqrt(square);
    for (uint j = begin; j < n; j += across) store(i, j, scaled(i, j, k) / length);
}
