// Y = triu(K) + striu(K)ᵀ: the symmetric matrix with the upper triangle of K.
//
// Buffers
//   K   in    m × m, row i at off_k + i·stride_k; the upper triangle is read
//   Y   out   m × m, row i at off_y + i·stride_y. May be K: then IN_PLACE is set
//             and the upper triangle is left as it is.
//
// Work groups: tiles × tiles tiles of 32 × 32, folded over x and y; 32 × 8
// invocations. A tile on or above the diagonal is read once and written twice, by
// way of shared memory; one below it has nothing to do.
//
// Precision: exact; no sums.
#version 450

const uint TILE = 32;

layout(local_size_x = 32, local_size_y = 8) in;

#include "fold.glsl"

layout(constant_id = 0) const bool IN_PLACE = false;

layout(set = 0, binding = 0) readonly buffer K { float k[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint m;
    uint stride_k;
    uint stride_y;
    uint off_k;
    uint off_y;
};

shared float tile[TILE][TILE + 1];

void main() {
    uint tiles = (m + TILE - 1) / TILE, group = foldedGroup();
    uint row = group / tiles * TILE, col = group % tiles * TILE, lane = gl_LocalInvocationID.x;
    if (row > col || row >= m) return; // the whole work group
    for (uint i = gl_LocalInvocationID.y; i < TILE; i += gl_WorkGroupSize.y) {
        uint r = row + i, c = col + lane;
        if (r <= c && c < m) {
            float v = k[off_k + r * stride_k + c];
            tile[i][lane] = v;
            if (!IN_PLACE) y[off_y + r * stride_y + c] = v;
        }
    }
    barrier();
    for (uint i = gl_LocalInvocationID.y; i < TILE; i += gl_WorkGroupSize.y) {
        uint r = col + i, c = row + lane; // below the diagonal
        if (r > c && r < m) y[off_y + r * stride_y + c] = tile[lane][i];
    }
}
