// u_i ← u_i/‖u_i‖ and U_ij = 0 for j < i: reflectors to unit length, a row each, with their structural zeros.
//
// Buffers
//   U   inout   m × n, m ≤ n, row i at off_u + i·stride_u. A zero row stays zero.
//
// Work groups: one a row, folded over x and y; a team of all invocations.
//
// Precision: fp32. The row is divided by its largest element first, so that no
// square overflows or underflows; an invocation adds every local_size_x-th square,
// then a tree.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"

layout(set = 0, binding = 0) buffer U { float u[]; };

layout(push_constant) uniform Push {
    uint m;
    uint n;
    uint stride_u;
    uint off_u;
};

void main() {
    uint i = foldedGroup(), lane = gl_LocalInvocationIndex;
    if (i >= m) return; // the whole work group
    uint row = off_u + i * stride_u;
    float largest = 0.0;
    for (uint j = lane; j < n; j += gl_WorkGroupSize.x) {
        if (j < i) {
            u[row + j] = 0.0;
        } else {
            largest = max(largest, abs(u[row + j]));
        }
    }
    largest = teamMax(largest);
    if (largest == 0.0) return; // the whole work group

    float sum = 0.0;
    for (uint j = lane; j < n; j += gl_WorkGroupSize.x) {
        float v = j < i ? 0.0 : u[row + j] / largest;
        sum += v * v;
    }
    float length = sqrt(teamSum(sum));
    for (uint j = lane; j < n; j += gl_WorkGroupSize.x) {
        if (j >= i) u[row + j] = u[row + j] / largest / length;
    }
}
