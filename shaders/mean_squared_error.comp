// Mean squared error of every row with its gradient: ROWS_i = (1/C Σ_c (p_ic − t_ic)², 0), DPRED_i = scale·2/C·(p_i − t_i).
//
// Buffers
//   PRED     in    rows × cols, row i at off_pred + i·stride_pred
//   TARGET   in    rows × cols, row i at off_target + i·stride_target
//   LABELS   in    1 × rows, read if HAS_LABELS; below 0: the row does not count
//                  and gets zeros
//   SCALE    in    one number, read if GRADIENT and HAS_SCALE, else 1
//   ROWS     out   rows × 2, row i at off_rows + i·stride_rows
//   DPRED    out   rows × cols, row i at off_dpred + i·stride_dpred; written if
//                  GRADIENT. May be PRED.
//
// Work groups: local_size_x/TEAM rows each, a team of TEAM invocations a row,
// folded over x and y. Every invocation writes the elements that it alone reads.
//
// Precision: fp32. The sum runs over an invocation's elements in rising order,
// then over the team in a tree.
#version 450

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"

layout(constant_id = 2) const bool GRADIENT = true;
layout(constant_id = 3) const bool HAS_LABELS = true;
layout(constant_id = 4) const bool HAS_SCALE = true;

layout(set = 0, binding = 0) readonly buffer PRED { float pred[]; };
layout(set = 0, binding = 1) readonly buffer TARGET { float target[]; };
layout(set = 0, binding = 2) readonly buffer LABELS { int labels[]; };
layout(set = 0, binding = 3) readonly buffer SCALE { float scale[]; };
layout(set = 0, binding = 4) writeonly buffer ROWS { float result[]; };
layout(set = 0, binding = 5) writeonly buffer DPRED { float dpred[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_pred;
    uint stride_target;
    uint stride_rows;
    uint stride_dpred;
    uint off_pred;
    uint off_target;
    uint off_labels;
    uint off_scale;
    uint off_rows;
    uint off_dpred;
};

void main() {
    uint row = foldedItem() / TEAM, lane = gl_LocalInvocationIndex & (TEAM - 1u);
    uint count = row < rows ? cols : 0u; // teams past the end stay for the barriers
    uint at = off_pred + row * stride_pred, want = off_target + row * stride_target, to = off_dpred + row * stride_dpred;
    bool counted = row < rows;
    if (HAS_LABELS && counted) counted = labels[off_labels + row] >= 0;

    float slope = 2.0 / float(cols), sum = 0.0;
    if (GRADIENT && HAS_SCALE) slope *= scale[off_scale];
    for (uint c = lane; c < count; c += TEAM) {
        float e = pred[at + c] - target[want + c];
        sum += e * e;
        if (GRADIENT) dpred[to + c] = counted ? slope * e : 0.0;
    }
    sum = teamSum(sum);
    if (lane == 0u && row < rows) {
        result[off_rows + row * stride_rows] = counted ? sum / float(cols) : 0.0;
        result[off_rows + row * stride_rows + 1u] = 0.0;
    }
}
