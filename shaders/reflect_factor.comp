// What a Householder reflection needs of its vector: FACTOR_j = (s, 2/‖s u_j‖²), s a power of two with s·max|u_j| in [1, 2).
//
// s keeps squares from overflow and underflow, exactly. (0, 0) stands for u_j = 0,
// the identity.
//
// Buffers
//   U       in    m × n, row j at off_u + j·stride_u; the first j elements of row j
//                 count as zero whatever they hold
//   FACTOR  out   m
//
// Work groups: one a row, folded over x and y; a team of all invocations, each of
// which takes every local_size_x-th element, or four neighbours with WIDE (n,
// stride_u and off_u are multiples of four).
//
// Precision: fp32; an invocation adds its squares, then a tree.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"
#include "numbers.glsl"

layout(constant_id = 2) const bool WIDE = false;

layout(set = 0, binding = 0) readonly buffer U { float u[]; };
layout(set = 0, binding = 0) readonly buffer U4 { vec4 u4[]; };
layout(set = 0, binding = 1) writeonly buffer FACTOR { vec2 factor[]; };

layout(push_constant) uniform Push {
    uint m;
    uint n;
    uint stride_u;
    uint off_u;
    uint off_factor;
};

const uint STEP = WIDE ? 4u : 1u;

// load returns elements i … i + 3 of row j, or element i in x, with structural zeros.
vec4 load(uint j, uint i) {
    uint at = off_u + j * stride_u + i;
    vec4 v = WIDE ? u4[at / 4u] : vec4(u[at], 0.0, 0.0, 0.0);
    return mix(vec4(0.0), v, greaterThanEqual(i + uvec4(0u, 1u, 2u, 3u), uvec4(j)));
}

void main() {
    uint j = foldedGroup(), begin = STEP * gl_LocalInvocationIndex, across = STEP * gl_WorkGroupSize.x;
    if (j >= m) return; // the whole work group
    vec4 most = vec4(0.0);
    for (uint i = begin; i < n; i += across) most = max(most, abs(load(j, i)));
    float largest = teamMax(max(max(most.x, most.y), max(most.z, most.w)));

    float s = scaleBelow(largest);
    vec4 sum = vec4(0.0);
    for (uint i = begin; i < n; i += across) {
        vec4 v = s * load(j, i);
        sum += v * v;
    }
    float square = teamSum((sum.x + sum.y) + (sum.z + sum.w));
    if (gl_LocalInvocationIndex > 0u) return;
    factor[off_factor + j] = square == 0.0 ? vec2(0.0) : vec2(s, 2.0 / square);
}
