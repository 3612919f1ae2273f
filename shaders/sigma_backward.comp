// DS = DSIGMA · dσ/ds: 2r·sigmoid(s)(1 − sigmoid(s)), or σ*·exp(s), times the gradient of σ.
//
// Zhang, Lei & Dhillon 2018, section 3.2. Buffers
//   DSIGMA  in    1 × n
//   S       in    1 × n
//   DS      out   1 × n. May be DSIGMA.
//
// POSITIVE chooses the derivative of σ*·exp(s).
//
// Work groups: one invocation an element, folded over x and y; local size
// local_size_x.
//
// Precision: sigmoid(s)(1 − sigmoid(s)) = e/(1+e)² with e = exp(−|s|): no
// cancellation, for any s.
#version 450
#include "numbers.glsl"

layout(local_size_x = 64, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 1) const bool POSITIVE = false;

layout(set = 0, binding = 0) readonly buffer DSIGMA { float dsigma[]; };
layout(set = 0, binding = 1) readonly buffer S { float s[]; };
layout(set = 0, binding = 2) writeonly buffer DS { float ds[]; };

layout(push_constant) uniform Push {
    uint n;
    uint off_dsigma;
    uint off_s;
    uint off_ds;
    float center;
    float radius;
};

void main() {
    uint i = foldedItem();
    if (i >= n) return;
    float v = s[off_s + i], slope;
    if (POSITIVE) {
        slope = center * expAccurate(v);
    } else {
        float e = expAccurate(-abs(v));
        slope = 2.0 * radius * (e / ((1.0 + e) * (1.0 + e)));
    }
    ds[off_ds + i] = dsigma[off_dsigma + i] * slope;
}
