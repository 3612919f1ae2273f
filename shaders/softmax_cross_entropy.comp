// Softmax cross-entropy of every row with its gradient: ROWS_i = (−log softmax(x_i)[y_i], argmax x_i = y_i), DLOGITS_i = scale·(softmax(x_i) − onehot(y_i)).
//
// Buffers
//   LOGITS   in    rows × classes, row i at off_logits + i·stride_logits
//   LABELS   in    1 × rows; below 0: the row does not count and gets zeros;
//                  classes or more: loss NaN, wrong; so is a row with a NaN
//   SCALE    in    one number, read if GRADIENT and HAS_SCALE, else 1
//   ROWS     out   rows × 2, row i at off_rows + i·stride_rows
//   DLOGITS  out   rows × classes, row i at off_dlogits + i·stride_dlogits;
//                  written if GRADIENT. May be LOGITS.
//
// Work groups: local_size_x/TEAM rows each, a team of TEAM invocations a row,
// folded over x and y. Every invocation writes the elements that it alone reads.
//
// Precision: fp32; the row's maximum is taken out first; exp and log to a few
// units in the last place. The sum runs over an invocation's elements in rising
// order, then over the team in a tree.
#version 450
#include "numbers.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"
#include "team.glsl"

layout(constant_id = 2) const bool GRADIENT = true;
layout(constant_id = 3) const bool HAS_SCALE = true;

layout(set = 0, binding = 0) readonly buffer LOGITS { float logits[]; };
layout(set = 0, binding = 1) readonly buffer LABELS { int labels[]; };
layout(set = 0, binding = 2) readonly buffer SCALE { float scale[]; };
layout(set = 0, binding = 3) writeonly buffer ROWS { float result[]; };
layout(set = 0, binding = 4) writeonly buffer DLOGITS { float dlogits[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint classes;
    uint stride_logits;
    uint stride_rows;
    uint stride_dlogits;
    uint off_logits;
    uint off_labels;
    uint off_scale;
    uint off_rows;
    uint off_dlogits;
};

void main() {
    uint row = foldedItem() / TEAM, lane = gl_LocalInvocationIndex & (TEAM - 1u);
    uint count = row < rows ? classes : 0u; // what this invocation's row has; teams past the end stay for the barriers
    uint from = off_logits + row * stride_logits, to = off_dlogits + row * stride_dlogits;
    int label = row < rows ? labels[off_labels + row] : -1;

    float largest = uintBitsToFloat(INFINITY_BITS | 0x80000000u), picked = 0.0;
    uint best = 0u;
    for (uint c = lane; c < count; c += TEAM) {
        float v = logits[from + c];
        if (int(c) == label) picked = v;
        if (v > largest) {
            largest = v;
            best = c;
        }
    }
    teamArgMax(largest, best);

    float sum = 0.0;
    for (uint c = lane; c < count; c += TEAM) sum += expAccurate(logits[from + c] - largest);
    sum = teamSum(sum);
    picked = teamSum(picked);
    if (row >= rows) return;

    bool counted = label >= 0, known = counted && uint(label) < classes;
    if (lane == 0u) {
        float loss = known ? logAccurate(sum) - (picked - largest) : uintBitsToFloat(NAN_BITS);
        result[off_rows + row * stride_rows] = counted ? loss : 0.0;
        result[off_rows + row * stride_rows + 1u] = known && best == uint(label) && !isNaNBits(loss) ? 1.0 : 0.0;
    }
    if (!GRADIENT) return;
    float factor = HAS_SCALE ? scale[off_scale] : 1.0;
    for (uint c = lane; c < count; c += TEAM) {
        float softmax = expAccurate(logits[from + c] - largest) / sum;
        float g = factor * (softmax - (int(c) == label ? 1.0 : 0.0));
        dlogits[to + c] = counted ? g : 0.0;
    }
}
