// S X = B diag(Scale), or Sᵀ X = B diag(Scale), for an upper triangular S of at most BLOCK rows, or for such rows of a larger one
// whose other rows of X are known: then X holds the sums that these give, which are subtracted first.
//
// Buffers
//   S      in     m × m, row i at off_s + i·stride_s; the upper triangle is read
//   B      in     m × n, row i at off_b + i·stride_b
//   Scale  in     1 × n, read with HAS_SCALE
//   X      inout  m × n, row i at off_x + i·stride_x; columns from sums on are read with HAS_SUMS
//   System z of a batch begins z·batch_s, z·batch_b, z·batch_x words further.
//
// S_ii = 0 gives a zero row of X. With TRAPEZOID row i of B, which is row first + i of a larger matrix, is zero in columns before
// first + i, and so is row i of X.
//
// Work groups: x counts tiles of local_size_x·COLS columns, local_size_x apart in an invocation; z systems. An invocation solves its
// columns ROWS rows at a time, from the last rows up (TRANSPOSE: from the first down), and keeps the solution in shared memory, where
// no other invocation looks at it, so there are no barriers.
//
// Precision: fp32 with fused multiply-add; sums run over the known rows in rising order, then over those of the ROWS at hand.
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x = 32, local_size_x_id = 0) in;
layout(constant_id = 1) const uint COLS = 1;
layout(constant_id = 2) const uint ROWS = 8;
layout(constant_id = 3) const bool TRANSPOSE = false;
layout(constant_id = 4) const bool HAS_SCALE = false;
layout(constant_id = 5) const bool TRAPEZOID = false;
layout(constant_id = 6) const bool HAS_SUMS = false;
layout(constant_id = 7) const uint BLOCK = 128;

layout(set = 0, binding = 0) readonly buffer S { float s[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) readonly buffer Scale { float scale[]; };
layout(set = 0, binding = 3) buffer X { float x[]; };

layout(push_constant) uniform Push {
    uint m, n;
    uint first;
    uint sums;
    uint stride_s, stride_b, stride_x;
    uint batch_s, batch_b, batch_x;
    uint off_s, off_b, off_scale, off_x;
} push;

const uint LX = gl_WorkGroupSize.x;
const uint WIDTH = LX * COLS;

shared float known[BLOCK * WIDTH];

uint base_s, base_b, base_x;

// The rows at hand: the right-hand side less what is known, then the solution.
float acc[ROWS * COLS];

uint column(uint c) { return gl_WorkGroupID.x * WIDTH + c * LX + gl_LocalInvocationID.x; }

// element returns element (i, l) of S, or of its transpose.
float element(uint i, uint l) { return s[base_s + (TRANSPOSE ? l * push.stride_s + i : i * push.stride_s + l)]; }

void store(uint row, uint c, float v) {
    if (column(c) < push.n) x[base_x + row * push.stride_x + column(c)] = v;
}

// rightHandSide returns what row of the right-hand side leaves of column c before the rows at hand are solved.
float rightHandSide(uint row, uint c) {
    uint col = min(column(c), push.n - 1);
    float v = b[base_b + row * push.stride_b + col];
    if (HAS_SCALE) v *= scale[push.off_scale + col];
    if (HAS_SUMS && col >= push.sums) v -= x[base_x + row * push.stride_x + col];
    return v;
}

// solve replaces the right-hand sides of rows i0 … i0 + ROWS − 1 by the solution.
void solve(uint i0, uint end) {
    [[unroll]] for (uint k = 0; k < ROWS; k++) {
        uint r = TRANSPOSE ? k : ROWS - 1 - k;
        if (i0 + r >= end) continue;
        float pivot = element(i0 + r, i0 + r);
        [[unroll]] for (uint c = 0; c < COLS; c++) {
            float v = pivot == 0.0 ? 0.0 : acc[r * COLS + c] / pivot;
            acc[r * COLS + c] = v;
            known[(i0 + r) * WIDTH + c * LX + gl_LocalInvocationID.x] = v;
            store(i0 + r, c, v);
        }
        [[unroll]] for (uint q = 0; q < ROWS; q++) {
            if (TRANSPOSE ? q <= r : q >= r) continue;
            float factor = element(min(i0 + q, end - 1), i0 + r);
            [[unroll]] for (uint c = 0; c < COLS; c++) acc[q * COLS + c] = fma(-factor, acc[r * COLS + c], acc[q * COLS + c]);
        }
    }
}

void main() {
    base_s = push.off_s + gl_WorkGroupID.z * push.batch_s;
    base_b = push.off_b + gl_WorkGroupID.z * push.batch_b;
    base_x = push.off_x + gl_WorkGroupID.z * push.batch_x;
    uint beyond = (gl_WorkGroupID.x + 1) * WIDTH;
    uint end = TRAPEZOID ? min(push.m, max(beyond, push.first) - push.first) : push.m; // rows from end on are zero in these columns
    for (uint row = end; row < push.m; row++) {
        [[unroll]] for (uint c = 0; c < COLS; c++) store(row, c, 0.0);
    }
    uint blocks = (end + ROWS - 1) / ROWS;
    [[dont_unroll]] for (uint k = 0; k < blocks; k++) {
        uint i0 = ROWS * (TRANSPOSE ? k : blocks - 1 - k);
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            [[unroll]] for (uint c = 0; c < COLS; c++) acc[r * COLS + c] = rightHandSide(min(i0 + r, end - 1), c);
        }
        uint from = TRANSPOSE ? 0 : i0 + ROWS, to = TRANSPOSE ? i0 : end;
        [[dont_unroll]] for (uint l = from; l < to; l++) {
            float v[COLS];
            [[unroll]] for (uint c = 0; c < COLS; c++) v[c] = known[l * WIDTH + c * LX + gl_LocalInvocationID.x];
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                float factor = element(min(i0 + r, end - 1), l);
                [[unroll]] for (uint c = 0; c < COLS; c++) acc[r * COLS + c] = fma(-factor, v[c], acc[r * COLS + c]);
            }
        }
        solve(i0, end);
    }
}
