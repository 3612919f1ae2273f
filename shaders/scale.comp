// Y = α · diag(L) · X · diag(R) + β · Z + γ · I: diagonal scaling and sum of row-major windows.
//
// Buffers
//   X   in    rows × cols, row i at off_x + i·stride_x; read if HAS_X, else zeros
//   L   in    1 × rows; read if HAS_L, else ones
//   R   in    1 × cols; read if HAS_R, else ones
//   Z   in    rows × cols, row i at off_z + i·stride_z; read if HAS_BETA and HAS_Z; without HAS_Z it is Y
//   Y   inout rows × cols, row i at off_y + i·stride_y; read if HAS_BETA without HAS_Z. May be X or Z.
//
// Work groups: one invocation an element, or four (window.glsl: FLAT, WIDE), folded
// over x and y; z is the item of a repetition, whose operands begin z·step_x … further; local size local_size_x. rows·cols < 2³². With L, R or γ the
// window must not be FLAT; with WIDE, R starts at a multiple of four elements.
//
// Precision: fp32, α·(L·X·R) + β·Z + γ from left to right.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "repeat.glsl"

layout(constant_id = 3) const bool HAS_X = true;
layout(constant_id = 4) const bool HAS_L = true;
layout(constant_id = 5) const bool HAS_R = true;
layout(constant_id = 6) const bool HAS_BETA = true;
layout(constant_id = 7) const bool HAS_Z = false;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 1) readonly buffer L { float l[]; };
layout(set = 0, binding = 2) readonly buffer R { float r[]; };
layout(set = 0, binding = 2) readonly buffer R4 { vec4 r4[]; };
layout(set = 0, binding = 3) readonly buffer Z { float z[]; };
layout(set = 0, binding = 3) readonly buffer Z4 { vec4 z4[]; };
layout(set = 0, binding = 4) buffer Y { float y[]; };
layout(set = 0, binding = 4) buffer Y4 { vec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint stride_z;
    uint off_x;
    uint off_l;
    uint off_r;
    uint off_y;
    uint off_z;
    float alpha;
    float beta;
    float gamma;
    uint step_x;
    uint step_l;
    uint step_r;
    uint step_y;
    uint step_z;
};

vec4 four(uint row, uint col) {
    vec4 v = vec4(0.0);
    if (HAS_X) {
        v = x4[(item(off_x, step_x) + row * stride_x + col) / 4u];
        if (HAS_L) v *= l[item(off_l, step_l) + row];
        if (HAS_R) v *= r4[(item(off_r, step_r) + col) / 4u];
        v *= alpha;
    }
    if (HAS_BETA) v += beta * (HAS_Z ? z4[(item(off_z, step_z) + row * stride_z + col) / 4u] : y4[(item(off_y, step_y) + row * stride_y + col) / 4u]);
    if (!FLAT) v += mix(vec4(0.0), vec4(gamma), equal(uvec4(row), col + uvec4(0u, 1u, 2u, 3u)));
    return v;
}

float one(uint row, uint col) {
    float v = 0.0;
    if (HAS_X) {
        v = x[item(off_x, step_x) + row * stride_x + col];
        if (HAS_L) v *= l[item(off_l, step_l) + row];
        if (HAS_R) v *= r[item(off_r, step_r) + col];
        v *= alpha;
    }
    if (HAS_BETA) v += beta * (HAS_Z ? z[item(off_z, step_z) + row * stride_z + col] : y[item(off_y, step_y) + row * stride_y + col]);
    if (!FLAT && row == col) v += gamma;
    return v;
}

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint to = item(off_y, step_y) + span.row * stride_y;
    if (span.whole) {
        y4[(to + span.col) / 4u] = four(span.row, span.col);
        return;
    }
    for (; span.col < span.end; span.col++) y[to + span.col] = one(span.row, span.col);
}
