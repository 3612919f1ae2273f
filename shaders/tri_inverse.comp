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
// Work groups: one a block of BLOCK rows, its local_size_x, one invocation a column of the block,
// which solves S a = e_k by back substitution from the last row up:
// a_i = (δ_ik − Σ_l>i S_il a_l)/S_ii, four rows at a time. Its column lies in shared
// memory, where no other invocation looks at it, so the substitution has no
// barriers.
//
// Precision: fp32; the sum runs over rising l beyond the four rows, then from the
// last of them down.
#version 450

layout(local_size_x = 64, local_size_x_id = 0) in;

const uint BLOCK = gl_WorkGroupSize.x, QUADS = BLOCK / 4; // a power of two, at least 4

layout(set = 0, binding = 0) readonly buffer S { float s[]; };
layout(set = 0, binding = 1) writeonly buffer A { float a[]; };

layout(push_constant) uniform Push {
    uint m;
    uint stride_s;
    uint stride_a;
    uint off_s;
    uint off_a;
};

shared vec4 upper[BLOCK * QUADS];     // the block of S by columns, zero where it is not stored
shared float inverse[BLOCK][BLOCK];   // a column an invocation

// quad returns where rows 4q … 4q + 3 of column l of S are. The quads of a column are permuted, or else invocations that write
// a column each would all meet in one bank of shared memory.
uint quad(uint l, uint q) { return l * QUADS + (q ^ (l & (QUADS - 1u))); }

void main() {
    uint first = gl_WorkGroupID.x * BLOCK, k = gl_LocalInvocationIndex, col = first + k;
    uint size = min(BLOCK, m - first);
    for (uint q = 0u; q < QUADS; q++) {
        vec4 t = vec4(0.0);
        for (uint c = 0u; c < 4u; c++) {
            uint i = 4u * q + c;
            if (i <= k && k < size) t[c] = s[off_s + (first + i) * stride_s + col];
        }
        upper[quad(k, q)] = t;
    }
    for (uint i = 0u; i < size; i++) {
        for (uint j = k; j < first; j += BLOCK) a[off_a + (first + i) * stride_a + j] = 0.0;
    }
    barrier();
    for (uint up = 0u; up < QUADS; up++) {
        uint q = QUADS - 1u - up, i = 4u * q;
        if (i >= size) continue;
        vec4 rest = mix(vec4(0.0), vec4(1.0), equal(uvec4(k), i + uvec4(0u, 1u, 2u, 3u)));
        for (uint l = i + 4u; l < size; l++) rest -= upper[quad(l, q)] * inverse[l][k];
        for (uint c = 3u; c < 4u; c--) { // until it wraps around
            vec4 column = upper[quad(i + c, q)];
            float v = column[c] == 0.0 || i + c > k ? 0.0 : rest[c] / column[c];
            rest -= column * v; // the rows below have their values already
            inverse[i + c][k] = v;
            if (i + c < size && k < size) a[off_a + (first + i + c) * stride_a + col] = v;
        }
    }
}
