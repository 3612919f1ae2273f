// What the kernels share that factor blocks of Householder reflectors (block_factors.comp says what they compute and how the buffers
// are laid out): access to the buffers, and the substitution that comes after the Gram matrix. VEC says that rows of U and A begin at
// multiples of four words and n is a multiple of four.

#ifndef BLOCK_FACTORS_GLSL
#define BLOCK_FACTORS_GLSL

#include "quad.glsl"

layout(constant_id = 1) const uint BLOCK = 32;
layout(constant_id = 2) const bool VEC = false;

layout(set = 0, binding = 0) readonly buffer U { float u[]; };
layout(set = 0, binding = 0) readonly buffer U4 { QUAD u4[]; };
layout(set = 0, binding = 1) writeonly buffer A { float a[]; };
layout(set = 0, binding = 1) writeonly buffer A4 { QUAD a4[]; };

layout(push_constant) uniform Push {
    uint m, n;
    uint stride_u, stride_a;
    uint off_u, off_a;
} push;

const uint LX = gl_WorkGroupSize.x;
const uint B4 = BLOCK / 4;

shared QUAD gram[BLOCK * B4];    // UUᵀ by columns, what lies on and above the diagonal
shared QUAD inverse[BLOCK * B4]; // A by rows

#include "reflector_row.glsl"

void store(uint row, uint q, vec4 v) {
    uint at = push.off_a + row * push.stride_a + 4u * q;
    if (VEC) {
        a4[at / 4u] = toQuad(v);
        return;
    }
    [[unroll]] for (uint e = 0u; e < 4u; e++) a[at + e] = v[e];
}

// substitute solves S a = e for the block that begins at reflector lo and stores A.
void substitute(uint lane, uint lo) {
    uint size = min(BLOCK, push.m - lo); // reflectors of the block
    [[dont_unroll]] for (uint col = lane; col < B4; col += LX) {
        [[dont_unroll]] for (uint up = 0u; up < B4; up++) {
            uint q = B4 - 1u - up, i = 4u * q;
            vec4 rest[4];
            [[unroll]] for (uint e = 0u; e < 4u; e++) rest[e] = mix(vec4(0.0), vec4(1.0), equal(4u * col + uvec4(0u, 1u, 2u, 3u), uvec4(i + e)));
            [[dont_unroll]] for (uint l = i + 4u; l < size; l++) {
                vec4 s = fromQuad(gram[l * B4 + q]), below = fromQuad(inverse[l * B4 + col]);
                [[unroll]] for (uint e = 0u; e < 4u; e++) rest[e] = fma(vec4(-s[e]), below, rest[e]);
            }
            [[unroll]] for (uint back = 0u; back < 4u; back++) {
                const uint e = 3u - back;
                vec4 s = i + e < size ? fromQuad(gram[(i + e) * B4 + q]) : vec4(0.0), v = vec4(0.0);
                if (s[e] != 0.0) v = rest[e] / (0.5 * s[e]);
                [[unroll]] for (uint f = 0u; f < e; f++) rest[f] = fma(vec4(-s[f]), v, rest[f]);
                inverse[(i + e) * B4 + col] = toQuad(v);
                store(lo + i + e, col, v);
            }
        }
    }
}

#endif
