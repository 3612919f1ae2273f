// One step of Adam with decoupled weight decay over a flat vector of parameters (Kingma & Ba 2015; Loshchilov & Hutter 2019).
//
//   g = G · min(1, clip/‖G‖),  M = β₁M + (1−β₁)g,  V = β₂V + (1−β₂)g²
//   P = P − lr·scale·( (M/c₁)/(√(V/c₂) + ε) + decay·P )
//
// Buffers
//   G       in     1 × n
//   HYPER   in     lr, β₁, β₂, ε, c₁ = 1−β₁ᵗ, c₂ = 1−β₂ᵗ, clip (0: no clipping)
//   NORM    in     ‖G‖, and 0 where a gradient is not finite: then nothing changes
//   GROUPS  in     row b: scale and decay of parameters 64b … 64b+63, at stride_groups
//   P, M, V inout  1 × n
//
// Work groups: one invocation a parameter, folded over x and y; local size
// local_size_x.
//
// Precision: fp32; no sums.
#version 450
#include "optimizer.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) readonly buffer G { float g[]; };
layout(set = 0, binding = 1) readonly buffer HYPER { float hyper[]; };
layout(set = 0, binding = 2) readonly buffer NORM { float norm[]; };
layout(set = 0, binding = 3) readonly buffer GROUPS { float groups[]; };
layout(set = 0, binding = 4) buffer P { float p[]; };
layout(set = 0, binding = 5) buffer M { float m[]; };
layout(set = 0, binding = 6) buffer V { float v[]; };

layout(push_constant) uniform Push {
    uint n;
    uint stride_groups;
    uint off_g;
    uint off_hyper;
    uint off_norm;
    uint off_groups;
    uint off_p;
    uint off_m;
    uint off_v;
};

void main() {
    uint i = foldedItem();
    if (i >= n || norm[off_norm + 1] == 0.0) return;
    float beta1 = hyper[off_hyper + HYPER_BETA1], beta2 = hyper[off_hyper + HYPER_BETA2];
    float grad = g[off_g + i] * clipFactor(norm[off_norm], hyper[off_hyper + HYPER_CLIP]);
    float first = beta1 * m[off_m + i] + (1.0 - beta1) * grad;
    float second = beta2 * v[off_v + i] + (1.0 - beta2) * (grad * grad);
    m[off_m + i] = first;
    v[off_v + i] = second;

    uint group = off_groups + i / GROUP_BLOCK * stride_groups;
    float rate = hyper[off_hyper + HYPER_LR] * groups[group], decay = groups[group + 1];
    float mean = first / hyper[off_hyper + HYPER_CORRECT1];
    float deviation = sqrt(second / hyper[off_hyper + HYPER_CORRECT2]) + hyper[off_hyper + HYPER_EPS];
    float old = p[off_p + i];
    p[off_p + i] = old - rate * (mean / deviation + decay * old);
}
