// y = x + Σ a·b over some rounds: one multiply-add after the other for every element, to measure how many a device can do.
//
// Buffers
//   X   in    n values from off_x on
//   Y   out   n values from off_y on. May be X.
//
// Work groups: an invocation takes CHAINS elements, apart elements from one to the
// next (apart = ⌈n/CHAINS⌉), so that neighbours load neighbours and a multiply-add
// need not wait for the one before; folded over x and y; local size local_size_x.
//
// Order of sums: each element's own, round by round. Precision: fp32, fused.
#version 450
#extension GL_EXT_control_flow_attributes : require
#include "fold.glsl"

const uint CHAINS = 8, TURN = 16; // elements, and rounds of a turn of the loop

layout(local_size_x = 256, local_size_x_id = 0) in;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
    uint n;
    uint apart;
    uint rounds;
    uint off_x;
    uint off_y;
    float a;
    float b;
};

void main() {
    uint item = foldedItem();
    if (item >= apart) return;
    float sums[CHAINS];
    [[unroll]] for (uint c = 0u; c < CHAINS; c++) {
        uint at = c * apart + item;
        sums[c] = at < n ? x[off_x + at] : 0.0;
    }
    for (uint turn = rounds / TURN; turn != 0u; turn--) {
        [[unroll]] for (uint round = 0u; round < TURN; round++) {
            [[unroll]] for (uint c = 0u; c < CHAINS; c++) sums[c] = fma(a, b, sums[c]);
        }
    }
    for (uint round = rounds % TURN; round != 0u; round--) {
        [[unroll]] for (uint c = 0u; c < CHAINS; c++) sums[c] = fma(a, b, sums[c]);
    }
    [[unroll]] for (uint c = 0u; c < CHAINS; c++) {
        uint at = c * apart + item;
        if (at < n) y[off_y + at] = sums[c];
    }
}
