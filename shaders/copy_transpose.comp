// Y = Xᵀ: copies a window of one row-major matrix, transposed, to another.
//
// Buffers
//   X   in    cols × rows, row-major, row i at off_x + i·stride_x
//   Y   out   rows × cols, row-major, row i at off_y + i·stride_y; elements
//             between the rows are not touched. X and Y do not overlap.
//
// Work groups: one a 32 × 32 tile, ⌈cols/32⌉ tiles a row of tiles, folded over x
// and y; 32 × 8 invocations. The tile passes through shared memory, so that both
// sides are read and written along rows; its rows are padded against bank
// conflicts.
//
// Precision: exact, NaN payloads included; no sums.
#version 450

const uint TILE = 32;

layout(local_size_x = 32, local_size_y = 8) in;

#include "fold.glsl"

layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { uint y[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_y;
};

shared uint tile[TILE][TILE + 1];

void main() {
    uint tiles = (cols + TILE - 1) / TILE;
    uint group = foldedGroup();
    uint row = group / tiles * TILE, col = group % tiles * TILE; // of Y
    uint lane = gl_LocalInvocationID.x;
    for (uint i = gl_LocalInvocationID.y; i < TILE; i += gl_WorkGroupSize.y) {
        if (col + i < cols && row + lane < rows) {
            tile[i][lane] = x[off_x + (col + i) * stride_x + row + lane];
        }
    }
    barrier();
    for (uint i = gl_LocalInvocationID.y; i < TILE; i += gl_WorkGroupSize.y) {
        if (row + i < rows && col + lane < cols) {
            y[off_y + (row + i) * stride_y + col + lane] = tile[lane][i];
        }
    }
}
