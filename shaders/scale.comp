// Y = α · diag(L) · X · diag(R) + β · Y + γ · I: diagonal scaling and sum of row-major windows.
//
// Buffers
//   X   in    rows × cols, row i at off_x + i·stride_x; read if HAS_X, else zeros
//   L   in    1 × rows; read if HAS_L, else ones
//   R   in    1 × cols; read if HAS_R, else ones
//   Y   inout rows × cols, row i at off_y + i·stride_y; read if HAS_BETA. May be X.
//
// Work groups: one invocation an element, folded over x and y; local size
// local_size_x. rows·cols < 2³². FLAT: no gaps between the rows, rows = 1, and
// neither L nor R nor γ.
//
// Precision: fp32, α·(L·X·R) + β·Y + γ from left to right.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 2) const bool HAS_X = true;
layout(constant_id = 3) const bool HAS_L = true;
layout(constant_id = 4) const bool HAS_R = true;
layout(constant_id = 5) const bool HAS_BETA = true;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) readonly buffer L { float l[]; };
layout(set = 0, binding = 2) readonly buffer R { float r[]; };
layout(set = 0, binding = 3) buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_l;
    uint off_r;
    uint off_y;
    float alpha;
    float beta;
    float gamma;
};

void main() {
    uint item = foldedItem();
    if (item >= rows * cols) return;
    uvec2 at = position(item, cols);
    float v = 0.0;
    if (HAS_X) {
        v = x[off_x + at.x * stride_x + at.y];
        if (HAS_L) v *= l[off_l + at.x];
        if (HAS_R) v *= r[off_r + at.y];
        v *= alpha;
    }
    uint to = off_y + at.x * stride_y + at.y;
    if (HAS_BETA) v += beta * y[to];
    if (!FLAT && at.x == at.y) v += gamma;
    y[to] = v;
}
