// S_ii = ½ S_ii: halves the diagonal of a matrix.
//
// The last step of gpu.Gram (Schreiber & Van Loan 1989): S holds triu(U Uᵀ).
//
// Buffers
//   S   inout   m × m, row i at off_s + i·stride_s; only the diagonal is touched
//
// Work groups: one invocation an element of the diagonal, folded over x and y, z over sets, of which set z begins z·batch_s + ⌊z/batch⌋·jump_s words further; local size local_size_x.
//
// Precision: exact.
#version 450

layout(local_size_x = 64, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) buffer S { float s[]; };

layout(push_constant) uniform Push {
    uint m;
    uint stride_s;
    uint batch_s;
    uint batch, jump_s;
    uint off_s;
};

void main() {
    uint i = foldedItem();
    if (i < m) s[off_s + gl_WorkGroupID.z * batch_s + gl_WorkGroupID.z / batch * jump_s + i * (stride_s + 1)] *= 0.5;
}
