// Four neighbouring floats as they lie in memory. Drivers that run kernels on a processor move what lanes do not have in common
// one word at a time, whatever the width of a word: with INT64 a quad is two words of 64 bits, else it is a vec4. A kernel that has
// a form with INT64 declares its buffers and shared memory of quads as QUAD, and tests INT64 at its top for the extension.

#ifndef QUAD_GLSL
#define QUAD_GLSL

#ifdef INT64

#define QUAD u64vec2

vec4 fromQuad(u64vec2 q) { return uintBitsToFloat(uvec4(unpack32(q.x), unpack32(q.y))); }

u64vec2 toQuad(vec4 v) {
    uvec4 bits = floatBitsToUint(v);
    return u64vec2(pack64(bits.xy), pack64(bits.zw));
}

#else

#define QUAD vec4

vec4 fromQuad(vec4 q) { return q; }

vec4 toQuad(vec4 v) { return v; }

#endif

#endif
