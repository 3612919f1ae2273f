// What the optimisers share: the layout of their Hyper vector (gpu.HyperLR …) and gradient clipping.

#ifndef OPTIMIZER_GLSL
#define OPTIMIZER_GLSL

const uint HYPER_LR = 0;
const uint HYPER_BETA1 = 1; // of SGD the momentum
const uint HYPER_BETA2 = 2;
const uint HYPER_EPS = 3;
const uint HYPER_CORRECT1 = 4;
const uint HYPER_CORRECT2 = 5;
const uint HYPER_CLIP = 6;

const uint GROUP_BLOCK = 64; // parameters that share a row of the Groups table

// clipFactor returns min(1, clip/norm); a clip of 0 does not clip.
float clipFactor(float norm, float clip) {
    return clip > 0.0 && norm > clip ? clip / norm : 1.0;
}

#endif
