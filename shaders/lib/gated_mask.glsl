// The mask of the states of a recurrence with gates: it multiplies a state before W does, and what comes back through W. A kernel includes this
// behind its buffers, mask and mask4 among them; one that goes forward has WITH_MASKED, masked and masked4 besides, and defines GATED_FORWARD.

#ifndef GATED_MASK_GLSL
#define GATED_MASK_GLSL

// maskOf returns the mask of vec4 column col of the sequence of a row of the work group.
vec4 maskOf(uint i, uint col) {
    uint at = push.off_mask + rowOf(i) * push.ldm + 4 * col;
    return VEC ? fromQuad(mask4[at / 4]) : vec4(mask[at], mask[at + within(col, 1)], mask[at + within(col, 2)], mask[at + within(col, 3)]);
}

#ifdef GATED_FORWARD

void storeMasked(uint at, uint col, vec4 v) {
    if (VEC) {
        masked4[at / 4] = toQuad(v);
        return;
    }
    v = repeated(col, v);
    [[unroll]] for (uint e = 0; e < 4; e++) masked[at + within(col, e)] = v[e];
}

// enter makes the state of step t, counted from 0, of what a sequence's state was before.
void enter(uint t, uint i, uint col, vec4 v) {
    if (MASKED) v *= maskOf(i, col);
    setState(i, col, inside(col, v));
    if (WITH_MASKED && t < push.steps && exists(i)) storeMasked(push.off_masked + (t * push.batch + rowOf(i)) * push.ldmd + 4 * col, col, v);
}

#else

// back returns what comes back through W to element (i, col).
vec4 back(uint i, uint col) { return MASKED ? maskOf(i, col) * sumAt(i, col) : sumAt(i, col); }

#endif

#endif
