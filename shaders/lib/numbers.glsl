// Tests on bit patterns, and exp, log and the logistic function to a few units in the last place.
//
// A compiler may assume that there are no NaNs in x != x and isnan(x), so the
// tests look at the bits. Vulkan allows log an error of 2⁻²¹ for x in [0.5, 2], of
// which nothing is left for a spectrum near 1, and drivers on processors use it up.

#ifndef NUMBERS_GLSL
#define NUMBERS_GLSL

const uint NAN_BITS = 0x7fc00000u;
const uint INFINITY_BITS = 0x7f800000u;

bool isNaNBits(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > INFINITY_BITS; }

bool isFiniteBits(float x) { return (floatBitsToUint(x) & 0x7fffffffu) < INFINITY_BITS; }

// power2 returns 2^k for −126 ≤ k ≤ 127.
float power2(int k) { return intBitsToFloat((k + 127) << 23); }

// scaleExponent returns k with 2^k·x in [1, 2) for the x > 0 of these bits, as far as −126 ≤ k ≤ 127 reaches.
int scaleExponent(uint bits) { return clamp(127 - int(bits >> 23), -126, 127); }

// scaleBelow returns a power of two s with s·largest in [1, 2), as far as fp32 reaches; 1 for 0.
float scaleBelow(float largest) { return largest == 0.0 ? 1.0 : power2(scaleExponent(floatBitsToUint(largest))); }

// timesPower2 returns x·2^k for the x of these bits and −126 ≤ k ≤ 127. A denormal x, which arithmetic may take for zero, is made from its bits.
float timesPower2(uint bits, int k) {
    uint fraction = bits & 0x007fffffu;
    if ((bits & 0x7f800000u) != 0u || fraction == 0u) return uintBitsToFloat(bits) * power2(k);
    float x = float(fraction) * power2(-75) * power2(max(k - 74, -126)); // x = fraction·2⁻¹⁴⁹
    return uintBitsToFloat(floatBitsToUint(x) | (bits & 0x80000000u));
}

// expAccurate returns eˣ: x = k ln 2 + r with |r| ≤ ½ ln 2, and the series of eʳ to r⁷ (error 5e-9).
float expAccurate(float x) {
    float c = clamp(x, -104.0, 89.0); // e⁻¹⁰⁴ rounds to 0, e⁸⁹ to ∞
    float k = floor(c * 1.44269504 + 0.5);
    float r = (c - k * 0.693359375) + k * 2.12194440e-4; // ln 2 in two parts, the first times k exact
    float p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0
        + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)))))));
    int whole = int(k), part = whole >> 1; // 2^k in two factors: k is outside of −126 … 127 at the ends
    float y = p * power2(part) * power2(whole - part);
    return isNaNBits(x) ? x : y;
}

// logAccurate returns ln x: x = 2^k m with √½ ≤ m < √2, and ln m = 2 artanh((m−1)/(m+1)) by its series (error 2e-9).
float logAccurate(float x) {
    bool tiny = x < 1.17549435e-38;
    uint bits = floatBitsToUint(tiny ? x * 8388608.0 : x);
    int k = int(bits >> 23) - 127 - (tiny ? 23 : 0);
    float m = uintBitsToFloat((bits & 0x007fffffu) | 0x3f800000u);
    if (m > 1.41421354) {
        m *= 0.5;
        k += 1;
    }
    float f = m - 1.0;
    float s = f / (2.0 + f), z = s * s;
    float tail = 2.0 * s * z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0))));
    float n = float(k);
    float y = n * 0.693359375 + (2.0 * s + (tail - n * 2.12194440e-4));
    if (isNaNBits(x)) return x;
    if (x < 0.0) return uintBitsToFloat(NAN_BITS);
    if (x == 0.0) return uintBitsToFloat(INFINITY_BITS | 0x80000000u);
    return floatBitsToUint(x) == INFINITY_BITS ? x : y;
}

#endif
