// The functions of gates: σ is made of an exponential, tanh is activation_tanh, both to a few units in the last place of 1. NaN stays NaN,
// which is tested on bits, as activation.glsl explains.

#ifndef GATES_GLSL
#define GATES_GLSL

#include "activation.glsl"

const float LOGISTIC_LIMIT = 87.0; // e⁸⁷ is finite, and σ has reached what it rounds to long before

vec4 logistic(vec4 z) {
    vec4 y = 1.0 / (1.0 + exp(-clamp(z, -LOGISTIC_LIMIT, LOGISTIC_LIMIT)));
    return mix(y, z, greaterThan(floatBitsToUint(z) & 0x7fffffffu, uvec4(0x7f800000u)));
}

#endif
