// S X = B diag(Scale), or Sᵀ X = B diag(Scale), for an upper triangular S, all rows in one launch. The form of tri_solve.comp for graphics
// processors, where an invocation that goes through all rows alone would wait for every load.
//
// Buffers
//   S      in     m × m, row i at off_s + i·stride_s; the upper triangle is read
//   B      in     m × n, row i at off_b + i·stride_b
//   Scale  in     1 × n, read with HAS_SCALE
//   X      inout  m × n, row i at off_x + i·stride_x; read with ADD only: what is added to B diag(Scale)
//   System z of a batch begins z·batch_s, z·batch_b, z·batch_x words further. In a repetition of batches z counts the systems of all items:
//   another ⌊z/batch⌋ times jump_s, jump_b, jump_x, and step_scale for Scale.
//
// S_ii = 0 gives a zero row of X. With TRAPEZOID row i of B is zero in columns before first + i, and so is row i of X: these are rows first … first + m − 1
// of a larger system.
//
// Work groups: x counts strips of COLS columns; z systems. A work group goes through its strip in blocks of 32 rows, from the last rows up (TRANSPOSE: from
// the first down). Invocation i holds the right-hand sides of rows i, i + local_size_x, … in registers, ROWS of them. For each block its rows
// are put into shared memory, beside the block of S on the diagonal; COLS invocations solve a column each there, in registers; then all
// subtract what the block gives from the rows that are not solved. VEC says that rows of S begin at multiples of 4 words.
// local_size_x is a multiple of 32 and at most 1,024, COLS a multiple of 4; ROWS·local_size_x ≥ m.
//
// Precision: fp32 with fused multiply-add; an element's sum runs over the blocks in the order in which they are solved, within one of others over rising
// columns of S, within its own in the order in which rows are solved.
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x = 256, local_size_x_id = 0) in;
layout(constant_id = 1) const uint COLS = 8;
layout(constant_id = 2) const uint ROWS = 2;
layout(constant_id = 3) const bool TRANSPOSE = false;
layout(constant_id = 4) const bool HAS_SCALE = false;
layout(constant_id = 5) const bool TRAPEZOID = false;
layout(constant_id = 6) const bool VEC = false;
layout(constant_id = 7) const bool ADD = false;

layout(set = 0, binding = 0) readonly buffer S { float s[]; };
layout(set = 0, binding = 0) readonly buffer S4 { vec4 s4[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) readonly buffer Scale { float scale[]; };
layout(set = 0, binding = 3) buffer X { float x[]; };

layout(push_constant) uniform Push {
    uint m, n;
    uint first;
    uint stride_s, stride_b, stride_x;
    uint batch_s, batch_b, batch_x;
    uint batch, jump_s, jump_b, jump_x, step_scale;
    uint off_s, off_b, off_scale, off_x;
} push;

const uint LX = gl_WorkGroupSize.x;
const uint D = 32; // rows of a block
const uint QUADS = COLS / 4;
const uint MOVES = (D * D + LX - 1) / LX;

// Blocks of S on the diagonal, that at hand and the next: element (i, l) of S, or of its transpose, at column l, row i. The quads of a column are
// permuted, so that invocations which write a column each do not all meet in one bank.
shared vec4 diagonal[2 * D * D / 4];
shared vec4 known[D * QUADS]; // the right-hand sides of the block at hand, then the solution

uint base_s, base_b, base_x, base_scale;

vec4 rest[ROWS * QUADS]; // the right-hand sides of this invocation's rows, less what is known

uint lane() { return gl_LocalInvocationIndex; }

uint column(uint c) { return gl_WorkGroupID.x * COLS + c; }

// place returns where element (i, l) of a block on the diagonal lies, in words.
uint place(uint i, uint l) { return l * D + ((i / 4 ^ l % (D / 4)) * 4 + i % 4); }

// fetch loads this invocation's elements of the block on the diagonal that begins at row top: zero from row end on, and off the triangle.
void fetch(uint top, uint end, out float next[MOVES]) {
    [[unroll]] for (uint t = 0; t < MOVES; t++) {
        uint e = t * LX + lane(), row = e / D % D, col = e % D; // as they lie in memory
        next[t] = 0.0;
        if (row <= col && top + col < end) next[t] = s[base_s + (top + row) * push.stride_s + top + col];
    }
}

// put stores what fetch loaded.
void put(uint turn, float next[MOVES]) {
    [[unroll]] for (uint t = 0; t < MOVES; t++) {
        uint e = t * LX + lane(), row = e / D % D, col = e % D;
        uint at = TRANSPOSE ? place(col, row) : place(row, col);
        if (D * D % LX == 0 || e < D * D) diagonal[turn * D * D / 4 + at / 4][at % 4] = next[t];
    }
}

// solveColumn solves column c of the block at hand. Rows that are not there have zeros everywhere.
void solveColumn(uint c, uint turn) {
    float v[D];
    [[unroll]] for (uint i = 0; i < D; i++) v[i] = known[i * QUADS + c / 4][c % 4];
    [[unroll]] for (uint k = 0; k < D; k++) {
        uint r = TRANSPOSE ? k : D - 1 - k;
        [[unroll]] for (uint done = 0; done < D / 4; done++) { // the pivot's quad first
            uint q = TRANSPOSE ? r / 4 + done : r / 4 - done;
            if (TRANSPOSE ? q >= D / 4 : done > r / 4) continue;
            vec4 factor = diagonal[turn * D * D / 4 + r * D / 4 + (q ^ r % (D / 4))];
            if (done == 0) v[r] = factor[r % 4] == 0.0 ? 0.0 : v[r] / factor[r % 4];
            [[unroll]] for (uint u = 0; u < 4; u++) {
                uint i = 4 * q + u;
                if (TRANSPOSE ? i > r : i < r) v[i] = fma(-factor[u], v[r], v[i]);
            }
        }
    }
    [[unroll]] for (uint i = 0; i < D; i++) known[i * QUADS + c / 4][c % 4] = v[i];
}

// factors returns elements (row, l) … (row, l + 3) of S, or of its transpose, zero from l = end on.
vec4 factors(uint row, uint l, uint end) {
    if (VEC && !TRANSPOSE && l + 4 <= end) return s4[(base_s + row * push.stride_s + l) / 4];
    vec4 v = vec4(0.0);
    [[unroll]] for (uint u = 0; u < 4; u++) {
        if (l + u < end) v[u] = s[base_s + (TRANSPOSE ? (l + u) * push.stride_s + row : row * push.stride_s + l + u)];
    }
    return v;
}

// subtract takes what the block of rows top … gives from the rows that are not solved, of those before all.
void subtract(uint top, uint all) {
    uint end = min(top + D, all);
    [[dont_unroll]] for (uint q = 0; q < D / 4; q++) {
        vec4 v[4 * QUADS];
        [[unroll]] for (uint e = 0; e < 4 * QUADS; e++) v[e] = known[4 * q * QUADS + e];
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            uint row = r * LX + lane();
            if (TRANSPOSE ? row < top + D || row >= all : row >= top) continue;
            vec4 factor = factors(row, top + 4 * q, end);
            [[unroll]] for (uint u = 0; u < 4; u++) {
                [[unroll]] for (uint j = 0; j < QUADS; j++) rest[r * QUADS + j] = fma(vec4(-factor[u]), v[u * QUADS + j], rest[r * QUADS + j]);
            }
        }
    }
}

// begin loads the right-hand sides of the rows before all, and writes zeros to the others.
void begin(uint all) {
    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        uint row = r * LX + lane();
        [[unroll]] for (uint c = 0; c < COLS; c++) {
            uint col = column(c);
            float v = 0.0;
            if (row < push.m && col < push.n) {
                uint at = base_x + row * push.stride_x + col;
                if (row < all) {
                    v = b[base_b + row * push.stride_b + col];
                    if (HAS_SCALE) v *= scale[base_scale + col];
                    if (ADD) v += x[at];
                } else {
                    x[at] = 0.0;
                }
            }
            rest[r * QUADS + c / 4][c % 4] = v;
        }
    }
}

void main() {
    uint item = gl_WorkGroupID.z / push.batch;
    base_s = push.off_s + gl_WorkGroupID.z * push.batch_s + item * push.jump_s;
    base_b = push.off_b + gl_WorkGroupID.z * push.batch_b + item * push.jump_b;
    base_x = push.off_x + gl_WorkGroupID.z * push.batch_x + item * push.jump_x;
    base_scale = push.off_scale + item * push.step_scale;
    uint all = push.m; // rows from there on are zero in these columns
    if (TRAPEZOID) all = min(all, max(column(COLS), push.first) - push.first);
    begin(all);
    uint blocks = (all + D - 1) / D;
    float next[MOVES];
    fetch(TRANSPOSE ? 0 : (max(blocks, 1) - 1) * D, all, next);
    [[dont_unroll]] for (uint k = 0; k < blocks; k++) {
        uint top = D * (TRANSPOSE ? k : blocks - 1 - k), turn = k % 2;
        put(turn, next);
        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            uint row = r * LX + lane();
            if (row < top || row >= top + D) continue;
            [[unroll]] for (uint j = 0; j < QUADS; j++) known[(row - top) * QUADS + j] = rest[r * QUADS + j];
        }
        barrier();
        if (k + 1 < blocks) fetch(TRANSPOSE ? top + D : top - D, all, next);
        if (lane() < COLS) solveColumn(lane(), turn);
        barrier();
        for (uint e = lane(); e < D * COLS; e += LX) {
            uint row = top + e / COLS, col = column(e % COLS);
            if (row < all && col < push.n) x[base_x + row * push.stride_x + col] = known[e / 4][e % 4];
        }
        subtract(top, all);
        barrier(); // all have read the block
    }
}
