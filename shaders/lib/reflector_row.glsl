// A row of reflectors by vec4, for the kernels that work on blocks of them. A kernel that includes this has buffers u and u4 of U (m × n,
// row j at off_u + j·stride_u), and VEC, which says that its rows begin at multiples of four words and n is a multiple of four.

#ifndef REFLECTOR_ROW_GLSL
#define REFLECTOR_ROW_GLSL

#include "quad.glsl"

// reflector returns vec4 column q of row j of U, zero past the end of the row; the last row stands for those that do not exist.
vec4 reflector(uint j, uint q) {
    uint at = push.off_u + min(j, push.m - 1u) * push.stride_u + 4u * q;
    if (VEC) return fromQuad(u4[at / 4u]);
    vec4 v = vec4(0.0);
    [[unroll]] for (uint e = 0u; e < 4u; e++) {
        if (4u * q + e < push.n) v[e] = u[at + e];
    }
    return v;
}

#endif
