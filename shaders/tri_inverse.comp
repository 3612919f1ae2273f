// Inverses of the diagonal blocks of an upper triangular matrix, and zeros left of them: the first step of A = S⁻¹.
//
// Buffers
//   S   in    m × m, row i at off_s + i·stride_s; the upper triangles of the
//             diagonal blocks are read
//   A   out   m × m, row i at off_a + i·stride_a; the diagonal blocks and
//             everything left of them are written
//
// S_ii = 0 gives a zero row and column of A.
//
// Work groups: one a block of BLOCK rows, one invocation a column of the block,
// which solves S a = e_k by back substitution from the last row up:
// a_i = (δ_ik − Σ_l>i S_il a_l)/S_ii. Its column lies in shared memory, where no
// other invocation looks at it, so the substitution has no barriers.
//
// Precision: fp32; the sum runs over l in four interleaved sums.
#version 450

const uint BLOCK = 64;

layout(local_size_x = 64) in;

layout(set = 0, binding = 0) readonly buffer S { float s[]; };
layout(set = 0, binding = 1) writeonly buffer A { float a[]; };

layout(push_constant) uniform Push {
    uint m;
    uint stride_s;
    uint stride_a;
    uint off_s;
    uint off_a;
};

shared float upper[BLOCK][BLOCK];   // the block of S, zero where it is not stored
shared float inverse[BLOCK][BLOCK]; // a column an invocation

void main() {
    uint first = gl_WorkGroupID.x * BLOCK, k = gl_LocalInvocationIndex, col = first + k;
    uint size = min(BLOCK, m - first);
    for (uint i = 0; i < BLOCK; i++) {
        bool stored = i <= k && k < size;
        upper[i][k] = stored ? s[off_s + (first + i) * stride_s + col] : 0.0;
        inverse[i][k] = 0.0;
    }
    for (uint i = 0; i < size; i++) {
        for (uint j = k; j < first; j += BLOCK) a[off_a + (first + i) * stride_a + j] = 0.0;
    }
    barrier();
    for (uint up = 0; up < size; up++) {
        uint i = size - 1u - up;
        vec4 sum = vec4(0.0);
        for (uint l = i / 4u * 4u; l < size; l += 4u) { // inverse is still zero in row i and above
            sum += vec4(upper[i][l], upper[i][l + 1u], upper[i][l + 2u], upper[i][l + 3u])
                * vec4(inverse[l][k], inverse[l + 1u][k], inverse[l + 2u][k], inverse[l + 3u][k]);
        }
        float pivot = upper[i][i];
        float rest = (i == k ? 1.0 : 0.0) - ((sum.x + sum.y) + (sum.z + sum.w));
        float v = pivot == 0.0 || i > k ? 0.0 : rest / pivot;
        inverse[i][k] = v;
        if (k < size) a[off_a + (first + i) * stride_a + col] = v;
    }
}
