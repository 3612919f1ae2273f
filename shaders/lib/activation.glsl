// Activations φ and their derivatives from the output h = φ(z), as gpu.ActivationKind numbers them:
//
//   ACT_IDENTITY  φ(z) = z             φ' = 1
//   ACT_RELU      φ(z) = max(z, 0)     φ' = [h > 0]
//   ACT_LEAKY     φ(z) = z or slope·z  φ' = 1 where h > 0, slope elsewhere
//   ACT_TANH      φ(z) = tanh z        φ' = 1 − h²
//
// and those with a parameter for each unit (activate_unit, activate_unit_grad, unit_grad):
//
//   ACT_MODRELU      φ(z) = sign(z)·max(|z| + b, 0), 0 at 0   φ' = [h ≠ 0]       ∂φ/∂b = sign h
//   ACT_SCALED_TANH  φ(z) = tanh(a z)/a                       φ' = 1 − (a h)²    ∂φ/∂a = (z φ' − h)/a
//
// A NaN stays NaN in every φ, so that a divergence is noticed downstream: the tests below are made on bit patterns, since
// max(NaN, 0) may be 0 and a compiler may turn z < 0 ? 0 : z into it. kind should be a specialization constant or uniform.
//
// tanh is x·P(x²)/Q(x²), a relative minimax approximation (2.1e-8) on |x| ≤ 9.02, beyond which tanh rounds to ±1 in fp32; the
// measured error is 5 units in the last place. Drivers that compute (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ) have no correct digit for small x.

#ifndef ACTIVATION_GLSL
#define ACTIVATION_GLSL

const uint ACT_IDENTITY = 0u;
const uint ACT_RELU = 1u;
const uint ACT_LEAKY = 2u;
const uint ACT_TANH = 3u;
const uint ACT_MODRELU = 4u;
const uint ACT_SCALED_TANH = 5u;

const float TANH_LIMIT = 9.02;

float activation_relu(float z) {
    // Sign bit set and not a NaN: −inf … −0.
    return (floatBitsToUint(z) ^ 0x80000000u) <= 0x7f800000u ? 0.0 : z;
}

vec4 activation_relu(vec4 z) {
    return mix(z, vec4(0.0), lessThanEqual(floatBitsToUint(z) ^ 0x80000000u, uvec4(0x7f800000u)));
}

float activation_tanh(float z) {
    float x = clamp(z, -TANH_LIMIT, TANH_LIMIT), t = x * x;
    float p = (((1.33191050e-8 * t + 2.05835071e-5) * t + 3.49403621e-3) * t + 0.133797194) * t + 0.999999979;
    float q = (((7.76203353e-7 * t + 3.28309548e-4) * t + 2.58710796e-2) * t + 0.467130346) * t + 1.0;
    float h = clamp(x * p / q, -1.0, 1.0);
    return (floatBitsToUint(z) & 0x7fffffffu) > 0x7f800000u ? z : h;
}

vec4 activation_tanh(vec4 z) {
    vec4 x = clamp(z, -TANH_LIMIT, TANH_LIMIT), t = x * x;
    vec4 p = (((1.33191050e-8 * t + 2.05835071e-5) * t + 3.49403621e-3) * t + 0.133797194) * t + 0.999999979;
    vec4 q = (((7.76203353e-7 * t + 3.28309548e-4) * t + 2.58710796e-2) * t + 0.467130346) * t + 1.0;
    vec4 h = clamp(x * p / q, -1.0, 1.0);
    return mix(h, z, greaterThan(floatBitsToUint(z) & 0x7fffffffu, uvec4(0x7f800000u)));
}

// activate returns φ(z).
float activate(float z, uint kind, float slope) {
    if (kind == ACT_RELU) {
        return activation_relu(z);
    }
    if (kind == ACT_LEAKY) {
        return z > 0.0 ? z : slope * z;
    }
    if (kind == ACT_TANH) {
        return activation_tanh(z);
    }
    return z;
}

vec4 activate(vec4 z, uint kind, float slope) {
    if (kind == ACT_RELU) {
        return activation_relu(z);
    }
    if (kind == ACT_LEAKY) {
        return mix(slope * z, z, greaterThan(z, vec4(0.0)));
    }
    if (kind == ACT_TANH) {
        return activation_tanh(z);
    }
    return z;
}

// activate_grad returns φ' from the output h = φ(z).
float activate_grad(float h, uint kind, float slope) {
    if (kind == ACT_RELU) {
        return h > 0.0 ? 1.0 : 0.0;
    }
    if (kind == ACT_LEAKY) {
        return h > 0.0 ? 1.0 : slope;
    }
    if (kind == ACT_TANH) {
        return 1.0 - h * h;
    }
    return 1.0;
}

vec4 activate_grad(vec4 h, uint kind, float slope) {
    if (kind == ACT_RELU) {
        return mix(vec4(0.0), vec4(1.0), greaterThan(h, vec4(0.0)));
    }
    if (kind == ACT_LEAKY) {
        return mix(vec4(slope), vec4(1.0), greaterThan(h, vec4(0.0)));
    }
    if (kind == ACT_TANH) {
        return 1.0 - h * h;
    }
    return vec4(1.0);
}

// What follows takes the parameter of each unit; one below MIN_SCALE counts as that for ACT_SCALED_TANH.

const float MIN_SCALE = 9.5367431640625e-7; // 2⁻²⁰
const float NEAR_ONE = 0.99999994; // the greatest number below 1
const float STEEP = 1.7014118e38; // 2¹²⁷

// activation_modrelu is z + clamp(−z, b, −b) where b ≤ 0, and z ± b where b > 0: there STEEP·z is beyond ±b unless |z| is below b·2⁻¹²⁷. What
// becomes of a b that is a NaN is the driver's.
vec4 activation_modrelu(vec4 z, vec4 b) {
    return z + clamp(mix(vec4(-1.0), vec4(STEEP), greaterThan(b, vec4(0.0))) * z, -abs(b), abs(b));
}

// artanh_rest returns (1 − x²)·artanh x − x for 0 ≤ x < 1. With the power of two 2ᵏ next to (1 + x)/(1 − x), artanh x is
// k·½ ln 2 + artanh s, s = ((1 + x) − 2ᵏ(1 − x)) / ((1 + x) + 2ᵏ(1 − x)), |s| < 0.21, and the series s + s·more to s⁹ has an error of 1e-8.
// Where k is 0, s is x, and x is taken out of the sum before it can cancel: x·((1 − x²)·more − x²).
vec4 artanh_rest(vec4 x) {
    vec4 above = 1.0 + x, below = 1.0 - x;
    ivec4 k = (floatBitsToInt(above) - floatBitsToInt(below) + (1 << 22)) >> 23; // the bits count nearly as the logarithm does
    vec4 power = intBitsToFloat((k + 127) << 23);
    vec4 s = mix(above - power * below, 2.0 * x, equal(k, ivec4(0))) / (above + power * below), t = s * s;
    vec4 more = t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0))));
    vec4 far = below * above * (vec4(k) * 0.34657359 + (s + s * more)) - x;
    return mix(far, x * ((1.0 - x * x) * more - x * x), equal(k, ivec4(0)));
}

// activate_unit returns φ(z).
vec4 activate_unit(vec4 z, uint kind, float slope, vec4 unit) {
    if (kind == ACT_MODRELU) {
        return activation_modrelu(z, unit);
    }
    if (kind == ACT_SCALED_TANH) {
        vec4 a = max(unit, vec4(MIN_SCALE));
        return activation_tanh(a * z) / a;
    }
    return activate(z, kind, slope);
}

// activate_unit_grad returns φ' from the output h = φ(z).
vec4 activate_unit_grad(vec4 h, uint kind, float slope, vec4 unit) {
    if (kind == ACT_MODRELU) {
        return mix(vec4(1.0), vec4(0.0), equal(h, vec4(0.0)));
    }
    if (kind == ACT_SCALED_TANH) {
        vec4 u = max(unit, vec4(MIN_SCALE)) * h;
        return 1.0 - u * u;
    }
    return activate_grad(h, kind, slope);
}

// unit_grad returns g·∂φ/∂(the unit's parameter) from the output h = φ(z), where g = dL/dh and dz = g·φ'.
vec4 unit_grad(vec4 g, vec4 dz, vec4 h, uint kind, vec4 unit) {
    if (kind == ACT_MODRELU) { // φ' is 0 where sign h is
        return uintBitsToFloat(floatBitsToUint(dz) ^ (floatBitsToUint(h) & 0x80000000u));
    }
    vec4 a = max(unit, vec4(MIN_SCALE));
    return g * sign(h) * artanh_rest(min(abs(a * h), vec4(NEAR_ONE))) / (a * a);
}

#endif
