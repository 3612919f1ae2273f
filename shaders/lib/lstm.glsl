// One step of an LSTM for a vec4 of units, forward and backward: gpu.LSTMForward and gpu.LSTMBackward state the equations. Gates are in
// the order i, f, g, o.

#ifndef LSTM_GLSL
#define LSTM_GLSL

#include "gates.glsl"

// LSTMStep is what a step makes.
struct LSTMStep {
    vec4 i, f, g, o;
    vec4 c, h;
};

// lstmStep takes the four pre-activations and c_{t−1}.
LSTMStep lstmStep(vec4 a_i, vec4 a_f, vec4 a_g, vec4 a_o, vec4 before) {
    LSTMStep s;
    s.i = logistic(a_i);
    s.f = logistic(a_f);
    s.g = activation_tanh(a_g);
    s.o = logistic(a_o);
    s.c = fma(s.f, before, s.i * s.g);
    s.h = s.o * activation_tanh(s.c);
    return s;
}

// LSTMBack is what a step back makes: δ of the four gates and dc_t.
struct LSTMBack {
    vec4 i, f, g, o;
    vec4 carried;
};

// lstmBack takes the gates, c_{t−1} and c_t, dL/dh_t and dc_{t+1}.
LSTMBack lstmBack(vec4 i, vec4 f, vec4 g, vec4 o, vec4 before, vec4 c, vec4 dh, vec4 carried) {
    LSTMBack b;
    vec4 cell = activation_tanh(c);
    vec4 dc = fma(dh * o, 1.0 - cell * cell, carried);
    b.i = dc * g * (i * (1.0 - i));
    b.f = dc * before * (f * (1.0 - f));
    b.g = dc * i * (1.0 - g * g);
    b.o = dh * cell * (o * (1.0 - o));
    b.carried = dc * f;
    return b;
}

#endif
