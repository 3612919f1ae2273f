// σ from the free parameters s: σ* + 2r(sigmoid(s) − ½) = σ* + r·tanh(s/2), or σ*·exp(s).
//
// Zhang, Lei & Dhillon 2018, section 3.2. Buffers
//   S     in    1 × n
//   OUT   out   1 × n. May be S.
//
// POSITIVE chooses σ*·exp(s). lo and hi are the smallest and the largest fp32
// numbers inside of [σ*−r, σ*+r], to which the band is clamped.
//
// Work groups: one invocation an element, folded over x and y; z is the item of a repetition, whose operands begin
// z·step_s and z·step_out further; local size local_size_x.
//
// Precision: tanh to 5 units in the last place, exp to 3. NaN stays NaN.
#version 450
#include "activation.glsl"
#include "numbers.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;

#include "fold.glsl"
#include "repeat.glsl"

layout(constant_id = 1) const bool POSITIVE = false;

layout(set = 0, binding = 0) readonly buffer S { float s[]; };
layout(set = 0, binding = 1) writeonly buffer OUT { float result[]; };

layout(push_constant) uniform Push {
    uint n;
    uint off_s;
    uint off_out;
    float center;
    float radius;
    float lo;
    float hi;
    uint step_s;
    uint step_out;
};

void main() {
    uint i = foldedItem();
    if (i >= n) return;
    float v = s[item(off_s, step_s) + i], sigma;
    if (POSITIVE) {
        sigma = center * expAccurate(v);
    } else {
        sigma = clamp(center + radius * activation_tanh(0.5 * v), lo, hi);
    }
    result[item(off_out, step_out) + i] = isNaNBits(v) ? v : sigma;
}
