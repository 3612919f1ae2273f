// Sums of squares that neither overflow nor underflow: Blue's three accumulators (ACM TOMS 4, 1978).
//
// A partial sum is vec4(big, middle, small, flag): the squares of large numbers
// scaled by SQUARES_BIG², of ordinary ones as they are, of small ones scaled by
// SQUARES_SMALL², and the number of elements that are not finite.

#ifndef SQUARES_GLSL
#define SQUARES_GLSL

#include "numbers.glsl"

const float SQUARES_ABOVE = 4.50359963e15;    // 2⁵²
const float SQUARES_BELOW = 1.08420217e-19;   // 2⁻⁶³
const float SQUARES_BIG = 1.32348898e-23;     // 2⁻⁷⁶
const float SQUARES_SMALL = 3.77789319e22;    // 2⁷⁵

void addSquare(inout vec4 sum, float x) {
    float size = abs(x);
    bool big = size > SQUARES_ABOVE, small = size < SQUARES_BELOW;
    float v = x * (big ? SQUARES_BIG : small ? SQUARES_SMALL : 1.0);
    float square = v * v;
    sum.x += big ? square : 0.0;
    sum.y += big || small ? 0.0 : square;
    sum.z += small ? square : 0.0;
    sum.w += isFiniteBits(x) ? 0.0 : 1.0;
}

// rootOfSquares returns the square root of a sum. A NaN is in the middle sum and comes out.
float rootOfSquares(vec4 sum) {
    if (sum.x > 0.0) return sqrt(sum.x + (sum.y * SQUARES_BIG) * SQUARES_BIG) / SQUARES_BIG;
    if (sum.y > 0.0 || isNaNBits(sum.y)) return sqrt(sum.y + (sum.z / SQUARES_SMALL) / SQUARES_SMALL);
    return sqrt(sum.z) / SQUARES_SMALL;
}

#endif
