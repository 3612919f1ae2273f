// TABLE[TOKENS_i] += X_i for the rows i of a block, those of one token in ascending order.
//
// Buffers
//   X       in     rows × cols, row i at off_x + i·stride_x
//   TOKENS  in     1 × rows; those outside of the table are left out
//   TABLE   inout  entries × cols, row v at off_table + v·stride_table
//
// Work groups, folded over x and y: one a row. The work group of the first row with a
// token adds all rows with it, those of other rows find an earlier one and end: no two
// work groups write one row of the table, and an invocation reads and writes columns of
// its own. The host passes so few rows that looking through them all takes little.
// With BY_COLUMNS, for drivers that run kernels on a processor, an invocation goes
// through all rows with a column of its own.
//
// Precision: fp32, the rows in ascending order.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"

layout(constant_id = 2) const bool BY_COLUMNS = false;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) readonly buffer TOKENS { int tokens[]; };
layout(set = 0, binding = 2) buffer TABLE { float table[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint entries;
    uint stride_x;
    uint stride_table;
    uint off_x;
    uint off_tokens;
    uint off_table;
};

// column adds all rows in column c.
void column(uint c) {
    if (c >= cols) return;
    for (uint j = 0u; j < rows; j++) {
        uint token = uint(tokens[off_tokens + j]); // a negative one is large
        if (token < entries) table[off_table + token * stride_table + c] += x[off_x + j * stride_x + c];
    }
}

void main() {
    if (BY_COLUMNS) {
        column(foldedItem());
        return;
    }
    uint row = foldedGroup(), lane = gl_LocalInvocationIndex;
    if (row >= rows) return;
    int token = tokens[off_tokens + row];
    if (uint(token) >= entries) return;
    float earlier = 0.0;
    for (uint j = lane; j < row; j += gl_WorkGroupSize.x) {
        if (tokens[off_tokens + j] == token) earlier = 1.0;
    }
    if (teamMax(earlier) > 0.0) return;
    uint to = off_table + uint(token) * stride_table;
    for (uint j = row; j < rows; j++) {
        if (tokens[off_tokens + j] != token) continue;
        for (uint c = lane; c < cols; c += gl_WorkGroupSize.x) table[to + c] += x[off_x + j * stride_x + c];
    }
}
