// Y = f(X): an elementwise function of a row-major window.
//
// Buffers
//   X   in    rows × cols, row i at off_x + i·stride_x
//   Y   out   rows × cols, row i at off_y + i·stride_y. May be X.
//
// FUNCTION is gpu.Func: 0 is 1/x, 1 ln x, 2 eˣ, 3 |x|, 4 x², 5 x^p.
//
// Work groups: one invocation an element, or four (window.glsl: FLAT, WIDE), folded
// over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: fp32; ln and eˣ to a few units in the last place (numbers.glsl). x^p
// with a whole p below 2²⁴ is made of products (relative error p·2⁻²⁴, as x's own
// rounding has), signed for x < 0; any other p by exp(p ln x), NaN for x < 0.
#version 450
#include "window.glsl"
#include "numbers.glsl"

const uint RECIPROCAL = 0, LOG = 1, EXP = 2, ABS = 3, SQUARE = 4; // and x^p

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 3) const uint FUNCTION = 0;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint stride_x;
    uint stride_y;
    uint off_x;
    uint off_y;
    float p;
};

// wholePower returns v^k by repeated squaring.
float wholePower(float v, uint k) {
    float result = 1.0;
    for (; k != 0; k >>= 1) {
        if ((k & 1u) != 0) result *= v;
        v *= v;
    }
    return result;
}

float power(float v, float p) {
    if (abs(p) < 16777216.0 && floor(p) == p) {
        float w = wholePower(v, uint(abs(p)));
        return p < 0.0 ? 1.0 / w : w;
    }
    if (v == 0.0) return p > 0.0 ? 0.0 : uintBitsToFloat(INFINITY_BITS);
    return expAccurate(p * logAccurate(v));
}

float map(float v) {
    if (FUNCTION == RECIPROCAL) return 1.0 / v;
    if (FUNCTION == LOG) return logAccurate(v);
    if (FUNCTION == EXP) return expAccurate(v);
    if (FUNCTION == ABS) return abs(v);
    if (FUNCTION == SQUARE) return v * v;
    return power(v, p);
}

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    uint from = off_x + span.row * stride_x, to = off_y + span.row * stride_y;
    for (; span.col < span.end; span.col++) y[to + span.col] = map(x[from + span.col]);
}
