// Sums over shares of the rows: P_s = Σ_r [x_r 1]ᵀ δ_r and, with DIAGONAL, Σ_r h_r∘δ_r: the gradients of a narrow input map, of the bias
// and of the diagonal of a recurrent matrix, one pass over δ.
//
// Buffers
//   Delta  in   R × n, row i at off_delta + i·ldd
//   X      in   R × INPUT, row i at off_x + i·ldx; not read with INPUT = 0
//   H      in   R × n, row i at off_h + i·ldh; read with DIAGONAL
//   P      out  share s is the matrix number s, INPUT+1 (DIAGONAL: INPUT+2) × 4·n4 without gaps, n4 = ⌈n/4⌉; row INPUT is the sum of
//               δ, the one after it that of h∘δ. rnn_gradient_reduce adds the shares.
//
// Work groups: x counts blocks of local_size_x·TN vec4 columns (an invocation's lie local_size_x apart, so that with few lanes, as on a
// processor, whole rows are read in the order of memory), y times local_size_y lanes are the shares: share s adds rows
// s·share … in ascending order. VEC says that rows of Delta and H begin at multiples of 4 words and n is a multiple of 4.
//
// Precision: fp32 with fused multiply-add.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

#include "quad.glsl"

layout(local_size_x = 32, local_size_y = 4, local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const uint INPUT = 0;
layout(constant_id = 3) const bool VEC = false;
layout(constant_id = 4) const bool DIAGONAL = false;
layout(constant_id = 5) const uint TN = 1;

layout(set = 0, binding = 0) readonly buffer Delta { float delta[]; };
layout(set = 0, binding = 0) readonly buffer Delta4 { QUAD delta4[]; };
layout(set = 0, binding = 1) readonly buffer X { float x[]; };
layout(set = 0, binding = 2) readonly buffer H { float h[]; };
layout(set = 0, binding = 2) readonly buffer H4 { QUAD h4[]; };
layout(set = 0, binding = 3) writeonly buffer P { float p[]; };
layout(set = 0, binding = 3) writeonly buffer P4 { QUAD p4[]; };

layout(push_constant) uniform Push {
    uint rows, n;
    uint share; // rows of a share
    uint ldd, ldx, ldh;
    uint off_delta, off_x, off_h, off_p;
} push;

vec4 loadDelta(uint row, uint col) {
    uint at = push.off_delta + row * push.ldd + 4 * col;
    if (VEC) return fromQuad(delta4[at / 4]);
    vec4 v = vec4(0.0);
    [[unroll]] for (uint e = 0; e < 4; e++) {
        if (4 * col + e < push.n) v[e] = delta[at + e];
    }
    return v;
}

vec4 loadH(uint row, uint col) {
    uint at = push.off_h + row * push.ldh + 4 * col;
    if (VEC) return fromQuad(h4[at / 4]);
    vec4 v = vec4(0.0);
    [[unroll]] for (uint e = 0; e < 4; e++) {
        if (4 * col + e < push.n) v[e] = h[at + e];
    }
    return v;
}

const uint LX = gl_WorkGroupSize.x;
const uint SUMS = INPUT + (DIAGONAL ? 2 : 1);

// Rows that are loaded before any is added.
const uint AT_ONCE = TN > 1 ? 1 : 4;

void main() {
    uint n4 = (push.n + 3) / 4, s = gl_GlobalInvocationID.y;
    uint first = min(s * push.share, push.rows), end = min(first + push.share, push.rows);
    uint col[TN];
    [[unroll]] for (uint j = 0; j < TN; j++) col[j] = (gl_WorkGroupID.x * TN + j) * LX + gl_LocalInvocationID.x;
    vec4 acc[TN * SUMS];
    [[unroll]] for (uint q = 0; q < TN * SUMS; q++) acc[q] = vec4(0.0);
    [[dont_unroll]] for (uint r = first; r < end; r += AT_ONCE) {
        vec4 d[AT_ONCE * TN], state[AT_ONCE * TN];
        [[unroll]] for (uint u = 0; u < AT_ONCE; u++) {
            [[unroll]] for (uint j = 0; j < TN; j++) {
                uint row = min(r + u, end - 1), c = min(col[j], n4 - 1);
                d[u * TN + j] = loadDelta(row, c);
                state[u * TN + j] = DIAGONAL ? loadH(row, c) : vec4(0.0);
            }
        }
        [[unroll]] for (uint u = 0; u < AT_ONCE; u++) {
            if (AT_ONCE > 1 && r + u >= end) break;
            [[unroll]] for (uint q = 0; q < INPUT; q++) {
                vec4 x_q = vec4(x[push.off_x + (r + u) * push.ldx + q]);
                [[unroll]] for (uint j = 0; j < TN; j++) acc[j * SUMS + q] = fma(x_q, d[u * TN + j], acc[j * SUMS + q]);
            }
            [[unroll]] for (uint j = 0; j < TN; j++) {
                acc[j * SUMS + INPUT] += d[u * TN + j];
                if (DIAGONAL) acc[j * SUMS + SUMS - 1] = fma(d[u * TN + j], state[u * TN + j], acc[j * SUMS + SUMS - 1]);
            }
        }
    }
    [[unroll]] for (uint j = 0; j < TN; j++) {
        if (col[j] >= n4) continue;
        [[unroll]] for (uint q = 0; q < SUMS; q++) p4[push.off_p / 4 + (s * SUMS + q) * n4 + col[j]] = toQuad(acc[j * SUMS + q]);
    }
}
