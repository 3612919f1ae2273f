// What the kernels share that walk through reflectors one by one.
//
// A work group carries ROWS rows of n elements in registers; invocation `lane`
// holds elements lane, lane + L, … of each (ELEMS of them), with L the size of the
// work group. The sums over a row's elements are made in two or three steps with
// the work group divided in SEGMENTS, in a fixed order.
//
// A kernel that includes this defines SUMS_OF_A_ROW.

#ifndef REFLECTOR_GLSL
#define REFLECTOR_GLSL

layout(constant_id = 1) const uint ELEMS = 2;     // ⌈n / L⌉
layout(constant_id = 2) const uint ROWS = 1;      // rows of a work group
layout(constant_id = 3) const uint SEGMENTS = 8;  // a power of two that divides L; SUMS·SEGMENTS ≤ L
layout(constant_id = 4) const bool TRANSPOSE = false;

// inRow tells whether element e of an invocation, element i of a row, exists: all do but some invocations' last.
bool inRow(uint e, uint i, uint n) { return e + 1u < ELEMS || i < n; }

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
