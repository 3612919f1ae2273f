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
// Work groups: one a row, folded over x and y; a team of all invocations.
//
// Precision: fp32; an invocation adds every local_size_x-th square, then a tree.
#version 450
#include "numbers.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"

layout(set = 0, binding = 0) readonly buffer U { float u[]; };
layout(set = 0, binding = 1) writeonly buffer FACTOR { vec2 factor[]; };

layout(push_constant) uniform Push {
    uint m;
    uint n;
    uint stride_u;
    uint off_u;
    uint off_factor;
};

void main() {
    uint j = foldedGroup(), lane = gl_LocalInvocationIndex;
    if (j >= m) return; // the whole work group
    uint row = off_u + j * stride_u;
    float largest = 0.0, nan = 0.0;
    for (uint i = j + lane; i < n; i += gl_WorkGroupSize.x) {
        largest = max(largest, abs(u[row + i]));
        nan += isNaNBits(u[row + i]) ? 1.0 : 0.0;
    }
    largest = teamMax(largest);
    nan = teamSum(nan);
    int exponent = int(floatBitsToUint(largest) >> 23) - 127;
    float s = power2(clamp(-exponent, -126, 126));
    float sum = 0.0;
    for (uint i = j + lane; i < n; i += gl_WorkGroupSize.x) {
        float v = u[row + i] * s;
        sum += v * v;
    }
    sum = teamSum(sum);
    if (lane > 0u) return;
    vec2 f = largest == 0.0 ? vec2(0.0) : vec2(s, 2.0 / sum);
    factor[off_factor + j] = nan > 0.0 ? vec2(uintBitsToFloat(NAN_BITS)) : f;
}
