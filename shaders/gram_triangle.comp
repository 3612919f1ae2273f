// S = ½ diag(S) + striu(S): halves the diagonal of a matrix and writes zeros below it.
//
// The last step of gpu.Gram (Schreiber & Van Loan 1989): S holds U Uᵀ on and above
// the diagonal.
//
// Buffers
//   S   inout   m × m, row i at off_s + i·stride_s; nothing above the diagonal is
//               touched
//
// Work groups: one invocation an element, folded over x and y, z over sets; local size
// local_size_x. m² < 2³².
//
// Precision: exact.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) buffer S { float s[]; };

layout(push_constant) uniform Push {
    uint m;
    uint stride_s;
    uint batch_s;
    uint off_s;
};

void main() {
    uint item = foldedItem();
    uint i = item / m, j = item - i * m;
    if (i >= m || j > i) return;
    uint at = off_s + gl_WorkGroupID.z * batch_s + i * stride_s + j;
    s[at] = j == i ? 0.5 * s[at] : 0.0;
}
