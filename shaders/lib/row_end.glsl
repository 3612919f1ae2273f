// The last vec4 column of rows of N elements, N not a multiple of 4, for kernels that define N.

#ifndef ROW_END_GLSL
#define ROW_END_GLSL

// within returns e, or the last element of vec4 column col that exists: what lies past the end is loaded from there, and what is
// stored there is the last element again (repeated), which takes no branch.
uint within(uint col, uint e) { return N % 4 == 0 ? e : min(e, N - 1 - 4 * col); }

vec4 repeated(uint col, vec4 v) {
    if (N % 4 == 0) return v;
    [[unroll]] for (uint e = 1; e < 4; e++) {
        if (4 * col + e >= N) v[e] = v[e - 1];
    }
    return v;
}

#endif
