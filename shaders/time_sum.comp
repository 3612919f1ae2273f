// Y_b = α Σ_t X_{t·B+b} + β Y_b: the sum over the time steps of sequences, time-major.
//
// Buffers
//   X  in     steps·rows × cols, row i at off_x + i·stride_x
//   Y  inout  rows × cols, row b at off_y + b·stride_y; read if HAS_BETA
//
// Work groups: one invocation an element of Y, or four (window.glsl: WIDE, never FLAT),
// folded over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: fp32; the steps in four interleaved sums, which are added in pairs.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 3) const bool HAS_BETA = true;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 1) buffer Y { float y[]; };
layout(set = 0, binding = 1) buffer Y4 { vec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint steps;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_y;
    float alpha;
    float beta;
};

vec4 four(uint step, uint row, uint col) { return x4[(off_x + (step * rows + row) * stride_x + col) / 4u]; }

float one(uint step, uint row, uint col) { return x[off_x + (step * rows + row) * stride_x + col]; }

#define SUM(T, load)                                                        \
    T sum = T(0.0), sum1 = T(0.0), sum2 = T(0.0), sum3 = T(0.0);            \
    uint t = 0u;                                                            \
    for (; t + 3u < steps; t += 4u) {                                       \
        sum += load(t, row, col);                                           \
        sum1 += load(t + 1u, row, col);                                     \
        sum2 += load(t + 2u, row, col);                                     \
        sum3 += load(t + 3u, row, col);                                     \
    }                                                                       \
    for (; t < steps; t++) sum += load(t, row, col);                        \
    return alpha * ((sum + sum1) + (sum2 + sum3));

vec4 sumFour(uint row, uint col) { SUM(vec4, four) }

float sumOne(uint row, uint col) { SUM(float, one) }

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint to = off_y + span.row * stride_y;
    if (span.whole) {
        vec4 v = sumFour(span.row, span.col);
        if (HAS_BETA) v += beta * y4[(to + span.col) / 4u];
        y4[(to + span.col) / 4u] = v;
        return;
    }
    for (; span.col < span.end; span.col++) {
        float v = sumOne(span.row, span.col);
        if (HAS_BETA) v += beta * y[to + span.col];
        y[to + span.col] = v;
    }
}
