// u_i ← u_i/‖u_i‖ and U_ij = 0 for j < i mod per_set: reflectors to unit length, a row each, with their structural zeros.
//
// Buffers
//   U   inout   m × n, sets of per_set ≤ n reflectors below each other, row i at off_u + i·stride_u. A zero row stays zero.
//
// Work groups: one a row, folded over x and y; a team of all invocations, each of
// which takes every local_size_x-th element, or four neighbours with WIDE (n,
// stride_u and off_u are multiples of four).
//
// Precision: fp32. The row is multiplied by a power of two first that brings its
// largest element into [1, 2), so that no square overflows or underflows; an
// invocation adds its squares, then a tree.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"
#include "numbers.glsl"

layout(constant_id = 2) const bool WIDE = false;

layout(set = 0, binding = 0) buffer U { float u[]; };
layout(set = 0, binding = 0) buffer U4 { vec4 u4[]; };

layout(push_constant) uniform Push {
    uint m;
    uint n;
    uint per_set;
    uint stride_u;
    uint off_u;
};

const uint STEP = WIDE ? 4u : 1u;

// load returns elements j … j + 3 of row i, or element j in x, with structural zeros.
vec4 load(uint i, uint j) {
    uint at = off_u + i * stride_u + j;
    vec4 v = WIDE ? u4[at / 4u] : vec4(u[at], 0.0, 0.0, 0.0);
    return mix(vec4(0.0), v, greaterThanEqual(j + uvec4(0u, 1u, 2u, 3u), uvec4(i % per_set)));
}

void store(uint i, uint j, vec4 v) {
    uint at = off_u + i * stride_u + j;
    if (WIDE) {
        u4[at / 4u] = v;
    } else {
        u[at] = v.x;
    }
}

void main() {
    uint i = foldedGroup(), begin = STEP * gl_LocalInvocationIndex, across = STEP * gl_WorkGroupSize.x;
    if (i >= m) return; // the whole work group
    vec4 most = vec4(0.0);
    for (uint j = begin; j < n; j += across) most = max(most, abs(load(i, j)));
    float largest = teamMax(max(max(most.x, most.y), max(most.z, most.w)));

    float s = scaleBelow(largest);
    vec4 sum = vec4(0.0);
    for (uint j = begin; j < n; j += across) {
        vec4 v = s * load(i, j);
        sum += v * v;
    }
    float length = sqrt(teamSum((sum.x + sum.y) + (sum.z + sum.w)));
    for (uint j = begin; j < n; j += across) store(i, j, largest == 0.0 ? load(i, j) : s * load(i, j) / length);
}
