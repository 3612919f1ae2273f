// S X = B diag(Scale), or Sᵀ X = B diag(Scale), for an upper triangular S.
//
// Buffers
//   S      in     m × m, row i at off_s + i·stride_s; the upper triangle is read
//   B      in     m × n, row i at off_b + i·stride_b
//   Scale  in     1 × n, read with HAS_SCALE
//   X      inout  m × n, row i at off_x + i·stride_x; what is known of the solution is read with MANY
//   System z of a batch begins z·batch_s, z·batch_b, z·batch_x words further. In a repetition of batches z counts the systems of all items:
//   another ⌊z/batch⌋ times jump_s, jump_b, jump_x, and step_scale for Scale.
//
// S_ii = 0 gives a zero row of X. With TRAPEZOID row i of B is zero in columns before i, and so is row i of X.
//
// Work groups: x counts tiles of local_size_x·COLS columns, local_size_x apart in an invocation; z systems. An invocation solves its
// columns in blocks of BLOCK rows, from the last rows up (TRANSPOSE: from the first down), of which this launch takes those from
// first_block to last_block − 1; MANY says that there may be more than one. It first subtracts from a block's right-hand side what all known
// rows outside of the block give, for the whole block at once, and then solves it ROWS rows at a time, with the solution in shared memory.
// Without MANY it solves the block first_block alone, the only one.
// No other invocation looks at its columns, so there are no barriers. VEC says that rows of S begin at multiples of 4 words.
//
// Precision: fp32 with fused multiply-add; sums run over the known rows outside of the block in rising order, then over those of the block,
// then over those of the ROWS at hand.
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x = 32, local_size_x_id = 0) in;
layout(constant_id = 1) const uint COLS = 1;
layout(constant_id = 2) const uint ROWS = 8;
layout(constant_id = 3) const bool TRANSPOSE = false;
layout(constant_id = 4) const bool HAS_SCALE = false;
layout(constant_id = 5) const bool TRAPEZOID = false;
layout(constant_id = 6) const bool MANY = false;
layout(constant_id = 7) const uint BLOCK = 128;
layout(constant_id = 8) const bool VEC = false;

layout(set = 0, binding = 0) readonly buffer S { float s[]; };
layout(set = 0, binding = 0) readonly buffer S4 { vec4 s4[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) readonly buffer Scale { float scale[]; };
layout(set = 0, binding = 3) buffer X { float x[]; };

layout(push_constant) uniform Push {
    uint m, n;
    uint first_block, last_block;
    uint stride_s, stride_b, stride_x;
    uint batch_s, batch_b, batch_x;
    uint batch, jump_s, jump_b, jump_x, step_scale;
    uint off_s, off_b, off_scale, off_x;
} push;

const uint LX = gl_WorkGroupSize.x;
const uint WIDTH = LX * COLS;

// The block at hand: with MANY first its right-hand side, then the solution.
shared float known[BLOCK * WIDTH];

uint base_s, base_b, base_x, base_scale;

// The rows at hand: the right-hand side less what is known, then the solution.
float acc[ROWS * COLS];

uint column(uint c) { return gl_WorkGroupID.x * WIDTH + c * LX + gl_LocalInvocationID.x; }

// place returns where row i of the block at hand lies in shared memory.
uint place(uint i, uint c) { return i * WIDTH + c * LX + gl_LocalInvocationID.x; }

// element returns element (i, l) of S, or of its transpose.
float element(uint i, uint l) { return s[base_s + (TRANSPOSE ? l * push.stride_s + i : i * push.stride_s + l)]; }

void store(uint row, uint c, float v) {
    if (column(c) < push.n) x[base_x + row * push.stride_x + column(c)] = v;
}

// rightHandSide returns column c of a row of B, scaled, with what is to be added.
float rightHandSide(uint row, uint c) {
    uint col = min(column(c), push.n - 1);
    float v = b[base_b + row * push.stride_b + col];
    if (HAS_SCALE) v *= scale[base_scale + col];
    return v;
}

// tile returns elements (i, l) … (i + 3, l + 3), a column for each row, zero from l = to on. Rows from end on are any.
mat4 tile(uint i, uint end, uint l, uint to) {
    mat4 v;
    if (VEC && l + 4 <= to) {
        [[unroll]] for (uint u = 0; u < 4; u++) v[u] = s4[(base_s + (TRANSPOSE ? (l + u) * push.stride_s + i : min(i + u, end - 1) * push.stride_s + l)) / 4];
        return TRANSPOSE ? transpose(v) : v;
    }
    [[unroll]] for (uint r = 0; r < 4; r++) {
        [[unroll]] for (uint u = 0; u < 4; u++) v[r][u] = l + u < to ? element(min(i + r, end - 1), min(l + u, to - 1)) : 0.0;
    }
    return v;
}

// prepare leaves in shared memory the right-hand side of rows top … end − 1 less what rows from … to − 1 of X give.
void prepare(uint top, uint end, uint from, uint to) {
    float sum[BLOCK * COLS];
    [[unroll]] for (uint i = 0; i < BLOCK * COLS; i++) sum[i] = 0.0;
    [[dont_unroll]] for (uint l = from; l < to; l += 4) {
        float v[4 * COLS];
        [[unroll]] for (uint u = 0; u < 4; u++) {
            [[unroll]] for (uint c = 0; c < COLS; c++) v[u * COLS + c] = x[base_x + min(l + u, to - 1) * push.stride_x + min(column(c), push.n - 1)];
        }
        [[unroll]] for (uint r0 = 0; r0 < BLOCK; r0 += 4) {
            mat4 factor = tile(top + r0, end, l, to);
            [[unroll]] for (uint r = 0; r < 4; r++) {
                [[unroll]] for (uint u = 0; u < 4; u++) {
                    [[unroll]] for (uint c = 0; c < COLS; c++) sum[(r0 + r) * COLS + c] = fma(factor[r][u], v[u * COLS + c], sum[(r0 + r) * COLS + c]);
                }
            }
        }
    }
    [[unroll]] for (uint r = 0; r < BLOCK; r++) {
        [[unroll]] for (uint c = 0; c < COLS; c++) known[place(r, c)] = rightHandSide(min(top + r, end - 1), c) - sum[r * COLS + c];
    }
}

// solve replaces the right-hand sides of rows i0 … i0 + ROWS − 1, of a block that begins at top and ends before end, by the solution.
void solve(uint i0, uint top, uint end) {
    [[unroll]] for (uint k = 0; k < ROWS; k++) {
        uint r = TRANSPOSE ? k : ROWS - 1 - k;
        if (i0 + r >= end) continue;
        float pivot = element(i0 + r, i0 + r);
        [[unroll]] for (uint c = 0; c < COLS; c++) {
            float v = pivot == 0.0 ? 0.0 : acc[r * COLS + c] / pivot;
            acc[r * COLS + c] = v;
            known[place(i0 + r - top, c)] = v;
            store(i0 + r, c, v);
        }
        [[unroll]] for (uint q = 0; q < ROWS; q++) {
            if (TRANSPOSE ? q <= r : q >= r) continue;
            float factor = element(min(i0 + q, end - 1), i0 + r);
            [[unroll]] for (uint c = 0; c < COLS; c++) acc[q * COLS + c] = fma(-factor, acc[r * COLS + c], acc[q * COLS + c]);
        }
    }
}

// solveBlock solves rows top … end − 1.
void solveBlock(uint top, uint end) {
    uint pieces = (end - top + ROWS - 1) / ROWS;
    [[dont_unroll]] for (uint k = 0; k < pieces; k++) {
        uint i0 = top + ROWS * (TRANSPOSE ? k : pieces - 1 - k);
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            uint row = min(i0 + r, end - 1);
            [[unroll]] for (uint c = 0; c < COLS; c++) acc[r * COLS + c] = MANY ? known[place(row - top, c)] : rightHandSide(row, c);
        }
        uint from = TRANSPOSE ? top : i0 + ROWS, to = TRANSPOSE ? i0 : end;
        [[dont_unroll]] for (uint l = from; l < to; l++) {
            float v[COLS];
            [[unroll]] for (uint c = 0; c < COLS; c++) v[c] = known[place(l - top, c)];
            [[unroll]] for (uint r = 0; r < ROWS; r++) {
                float factor = element(min(i0 + r, end - 1), l);
                [[unroll]] for (uint c = 0; c < COLS; c++) acc[r * COLS + c] = fma(-factor, v[c], acc[r * COLS + c]);
            }
        }
        solve(i0, top, end);
    }
}

void main() {
    uint item = gl_WorkGroupID.z / push.batch;
    base_s = push.off_s + gl_WorkGroupID.z * push.batch_s + item * push.jump_s;
    base_b = push.off_b + gl_WorkGroupID.z * push.batch_b + item * push.jump_b;
    base_x = push.off_x + gl_WorkGroupID.z * push.batch_x + item * push.jump_x;
    base_scale = push.off_scale + item * push.step_scale;
    uint all = TRAPEZOID ? min(push.m, (gl_WorkGroupID.x + 1) * WIDTH) : push.m; // rows from there on are zero in these columns
    uint first = MANY ? 0 : push.first_block * BLOCK, last = MANY ? push.m : min(first + BLOCK, push.m);
    if (!MANY || push.first_block == 0) {
        for (uint row = max(first, all); row < last; row++) {
            [[unroll]] for (uint c = 0; c < COLS; c++) store(row, c, 0.0);
        }
    }
    if (!MANY) {
        if (first < all) solveBlock(first, min(last, all));
        return;
    }
    uint blocks = (all + BLOCK - 1) / BLOCK;
    [[dont_unroll]] for (uint k = push.first_block; k < min(push.last_block, blocks); k++) {
        uint top = BLOCK * (TRANSPOSE ? k : blocks - 1 - k), end = min(top + BLOCK, all);
        if (TRANSPOSE) {
            prepare(top, end, 0, top);
        } else {
            prepare(top, end, end, all);
        }
        solveBlock(top, end);
    }
}
