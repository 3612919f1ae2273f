// What the kernels share that walk through reflectors one by one.
//
// A work group of L invocations carries ROWS rows of n elements in registers, ELEMS
// elements of each row an invocation. Invocation `lane` holds elements lane, lane +
// L, …; with WIDE, 4·lane … 4·lane + 3, the same + 4L, … (then n, ELEMS, the strides
// and the offsets are multiples of four, and rows are read as vec4). The sums over
// a row's elements are made in two or three steps with the work group divided in
// SEGMENTS, in a fixed order.
//
// A kernel that includes this defines SUMS_OF_A_ROW.

#ifndef REFLECTOR_GLSL
#define REFLECTOR_GLSL

layout(constant_id = 1) const uint ELEMS = 2;     // ELEMS·L ≥ n, with one step less it would not be
layout(constant_id = 2) const uint ROWS = 1;      // rows of a work group
layout(constant_id = 3) const uint SEGMENTS = 8;  // a power of two that divides L; SUMS·SEGMENTS ≤ L
layout(constant_id = 4) const bool TRANSPOSE = false;
layout(constant_id = 5) const bool WIDE = false;

const uint STEP = WIDE ? 4u : 1u; // neighbours that an invocation holds

// column returns where in a row element e of this invocation lies; e is a multiple of STEP.
uint column(uint e) { return e * gl_WorkGroupSize.x + STEP * gl_LocalInvocationIndex; }

// inRow tells whether element e of an invocation, element i of a row, exists: all do but some invocations' last STEP.
bool inRow(uint e, uint i, uint n) { return e + STEP < ELEMS || i < n; }

const uint SUMS = SUMS_OF_A_ROW * ROWS; // made at once
const uint DIRECT = 16; // sums of so many segments are added by every invocation for itself

shared float reflector_part[SUMS * gl_WorkGroupSize.x];
shared float reflector_segment[SUMS * SEGMENTS];
shared float reflector_total[SUMS];

// addOverLanes replaces each of the SUMS values by its sum over the work group.
void addOverLanes(inout float v[SUMS]) {
    const uint lanes = gl_WorkGroupSize.x;
    uint lane = gl_LocalInvocationIndex;
    [[unroll]] for (uint c = 0u; c < SUMS; c++) reflector_part[c * lanes + lane] = v[c];
    barrier();
    if (lane < SUMS * SEGMENTS) {
        uint from = lane / SEGMENTS * lanes + lane % SEGMENTS;
        float sum = 0.0;
        [[unroll]] for (uint q = 0u; q < lanes; q += SEGMENTS) sum += reflector_part[from + q];
        reflector_segment[lane] = sum;
    }
    barrier();
    if (SUMS * SEGMENTS <= DIRECT) {
        [[unroll]] for (uint c = 0u; c < SUMS; c++) {
            float sum = 0.0;
            [[unroll]] for (uint q = 0u; q < SEGMENTS; q++) sum += reflector_segment[c * SEGMENTS + q];
            v[c] = sum;
        }
        return;
    }
    if (lane < SUMS) {
        float sum = 0.0;
        [[unroll]] for (uint q = 0u; q < SEGMENTS; q++) sum += reflector_segment[lane * SEGMENTS + q];
        reflector_total[lane] = sum;
    }
    barrier();
    [[unroll]] for (uint c = 0u; c < SUMS; c++) v[c] = reflector_total[c];
}

#endif
