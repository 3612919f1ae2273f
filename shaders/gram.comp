// S = ½ diag(U Uᵀ) + striu(U Uᵀ), zero below the diagonal, for few reflectors in one launch.
//
// The triangle of the compact WY form (Schreiber & Van Loan 1989). For many
// reflectors gpu.Gemm and gram_diagonal.comp are faster.
//
// Buffers
//   U   in    m × n, a reflector a row, row i at off_u + i·stride_u
//   S   out   m × m, row i at off_s + i·stride_s
//   Set z of a batch begins z·batch_u and z·batch_s words further, and another ⌊z/batch⌋·jump_u and ⌊z/batch⌋·jump_s, for items of a
//   repetition of batches.
//
// Work groups: x and y over tiles of 32 × 32 elements of S, z over sets; 8 × 8 × 4 invocations.
// In a tile that reaches the diagonal or lies above it each invocation sums a
// block of 4 × 4 elements over a quarter of the columns, every fourth four of them;
// tiles below write zeros. WIDE: off_u, stride_u, batch_u and jump_u are multiples of four elements.
//
// Precision: fp32; the sum runs over four columns at a time, rising, then over the
// four quarters.
#version 450
#extension GL_EXT_control_flow_attributes : require

const uint TILE = 32, SIDE = 4, SHARES = 4;

layout(local_size_x = 8, local_size_y = 8, local_size_z = 4) in;

layout(constant_id = 0) const bool WIDE = false;

layout(set = 0, binding = 0) readonly buffer U { float u[]; };
layout(set = 0, binding = 0) readonly buffer U4 { vec4 u4[]; };
layout(set = 0, binding = 1) writeonly buffer S { float s[]; };

layout(push_constant) uniform Push {
    uint m;
    uint n;
    uint stride_u;
    uint stride_s;
    uint batch_u;
    uint batch_s;
    uint batch, jump_u, jump_s;
    uint off_u;
    uint off_s;
};

shared vec4 part[SHARES - 1u][SIDE][64]; // of shares 1 …, by row of the block, an invocation beside the other

// start returns where row i lies; a row that does not exist is another's, and not stored.
uint start(uint i) { return off_u + gl_WorkGroupID.z * batch_u + gl_WorkGroupID.z / batch * jump_u + min(i, m - 1u) * stride_u; }

// load returns columns k … k + 3 of the row at, zeros past the end.
vec4 load(uint at, uint k) {
    vec4 v = vec4(0.0);
    [[unroll]] for (uint c = 0u; c < 4u; c++) {
        if (k + c < n) v[c] = u[at + k + c];
    }
    return v;
}

void main() {
    uint row = gl_WorkGroupID.y * TILE + gl_LocalInvocationID.y * SIDE;
    uint col = gl_WorkGroupID.x * TILE + gl_LocalInvocationID.x * SIDE;
    uint share = gl_LocalInvocationID.z, lane = gl_LocalInvocationID.y * 8u + gl_LocalInvocationID.x;
    vec4 sum[SIDE];
    [[unroll]] for (uint y = 0u; y < SIDE; y++) sum[y] = vec4(0.0);
    if (gl_WorkGroupID.y <= gl_WorkGroupID.x) { // the whole work group
        for (uint k = 4u * share; k < n; k += 4u * SHARES) {
            vec4 left[SIDE], right[SIDE];
            if (WIDE && k + 4u <= n) {
                [[unroll]] for (uint x = 0u; x < SIDE; x++) right[x] = u4[(start(col + x) + k) / 4u];
                [[unroll]] for (uint y = 0u; y < SIDE; y++) left[y] = u4[(start(row + y) + k) / 4u];
            } else {
                [[unroll]] for (uint x = 0u; x < SIDE; x++) right[x] = load(start(col + x), k);
                [[unroll]] for (uint y = 0u; y < SIDE; y++) left[y] = load(start(row + y), k);
            }
            [[unroll]] for (uint y = 0u; y < SIDE; y++) {
                sum[y] += vec4(dot(left[y], right[0]), dot(left[y], right[1]), dot(left[y], right[2]), dot(left[y], right[3]));
            }
        }
        if (share > 0u) {
            [[unroll]] for (uint y = 0u; y < SIDE; y++) part[share - 1u][y][lane] = sum[y];
        }
        barrier();
    }
    if (share > 0u) return;
    [[unroll]] for (uint y = 0u; y < SIDE; y++) {
        uint i = row + y;
        vec4 v = sum[y];
        if (gl_WorkGroupID.y <= gl_WorkGroupID.x) {
            [[unroll]] for (uint z = 0u; z < SHARES - 1u; z++) v += part[z][y][lane];
        }
        [[unroll]] for (uint x = 0u; x < SIDE; x++) {
            uint j = col + x;
            if (i < m && j < m) s[off_s + gl_WorkGroupID.z * batch_s + gl_WorkGroupID.z / batch * jump_s + i * stride_s + j] = i < j ? v[x] : i == j ? 0.5 * v[x] : 0.0;
        }
    }
}
