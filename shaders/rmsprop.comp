// One step of RMSprop with decoupled weight decay over a flat vector of parameters (Tieleman & Hinton 2012).
//
//   g = G · min(1, clip/‖G‖),  V = αV + (1−α)g²,  P = P − lr·scale·( g/(√V + ε) + decay·P )
//
// Buffers
//   G       in     1 × n
//   HYPER   in     lr, –, α, ε, –, –, clip (0: no clipping), as in adam.comp
//   NORM    in     ‖G‖, and 0 where a gradient is not finite: then nothing changes
//   GROUPS  in     row b: scale and decay of parameters 64b … 64b+63, at stride_groups
//   P, V    inout  1 × n
//
// Work groups: one invocation a parameter, or with WIDE (all vectors start at a
// multiple of four elements) four, folded over x and y; local size local_size_x.
//
// Precision: fp32; no sums.
#version 450
#include "optimizer.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(constant_id = 1) const bool WIDE = false;

layout(set = 0, binding = 0) readonly buffer G { float g[]; };
layout(set = 0, binding = 0) readonly buffer G4 { vec4 g4[]; };
layout(set = 0, binding = 1) readonly buffer HYPER { float hyper[]; };
layout(set = 0, binding = 2) readonly buffer NORM { float norm[]; };
layout(set = 0, binding = 3) readonly buffer GROUPS { float groups[]; };
layout(set = 0, binding = 4) buffer P { float p[]; };
layout(set = 0, binding = 4) buffer P4 { vec4 p4[]; };
layout(set = 0, binding = 5) buffer V { float v[]; };
layout(set = 0, binding = 5) buffer V4 { vec4 v4[]; };

layout(push_constant) uniform Push {
    uint n;
    uint stride_groups;
    uint off_g;
    uint off_hyper;
    uint off_norm;
    uint off_groups;
    uint off_p;
    uint off_v;
};

// step moves one or four parameters with a common row of the Groups table.
#define STEP(T)                                                                     \
    void step(T grad, inout T old, inout T second, uint group) {                    \
        float alpha = hyper[off_hyper + HYPER_BETA2];                               \
        second = alpha * second + (1.0 - alpha) * (grad * grad);                    \
        float rate = hyper[off_hyper + HYPER_LR] * groups[group];                   \
        old -= rate * (grad / (sqrt(second) + hyper[off_hyper + HYPER_EPS])         \
            + groups[group + 1u] * old);                                            \
    }

STEP(float)
STEP(vec4)

void main() {
    uint i = foldedItem() * (WIDE ? 4u : 1u);
    if (i >= n || norm[off_norm + 1u] == 0.0) return;
    float clip = clipFactor(norm[off_norm], hyper[off_hyper + HYPER_CLIP]);
    uint group = off_groups + i / GROUP_BLOCK * stride_groups;
    if (WIDE && i + 4u <= n) {
        uint at_p = (off_p + i) / 4u, at_v = (off_v + i) / 4u;
        vec4 old = p4[at_p], second = v4[at_v];
        step(clip * g4[(off_g + i) / 4u], old, second, group);
        p4[at_p] = old;
        v4[at_v] = second;
        return;
    }
    for (uint end = WIDE ? n : i + 1u; i < end; i++) {
        float old = p[off_p + i], second = v[off_v + i];
        step(clip * g[off_g + i], old, second, group);
        p[off_p + i] = old;
        v[off_v + i] = second;
    }
}
