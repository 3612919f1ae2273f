// One step of a GRU for a vec4 of units, forward and backward: gpu.GRUForward and gpu.GRUBackward state the equations. Gates are in the order
// r, z, n, and m after them.

#ifndef GRU_GLSL
#define GRU_GLSL

#include "gates.glsl"

// GRUStep is what a step makes.
struct GRUStep {
    vec4 r, z, n;
    vec4 h;
};

// gruStep takes the pre-activations of r and z, that of n from outside, m and h_{t−1}.
GRUStep gruStep(vec4 a_r, vec4 a_z, vec4 a_n, vec4 m, vec4 before) {
    GRUStep s;
    s.r = logistic(a_r);
    s.z = logistic(a_z);
    s.n = activation_tanh(fma(s.r, m, a_n));
    s.h = fma(s.z, before - s.n, s.n);
    return s;
}

// GRUBack is what a step back makes: δ of the gates and of m, and dh_t∘z_t.
struct GRUBack {
    vec4 r, z, n, m;
    vec4 carried;
};

// gruBack takes the gates, m, h_{t−1}, and dL/dh_t.
GRUBack gruBack(vec4 r, vec4 z, vec4 n, vec4 m, vec4 before, vec4 dh) {
    GRUBack b;
    b.carried = dh * z;
    b.z = dh * (before - n) * (z * (1.0 - z));
    b.n = (dh - b.carried) * (1.0 - n * n);
    b.m = b.n * r;
    b.r = b.n * m * (r * (1.0 - r));
    return b;
}

#endif
