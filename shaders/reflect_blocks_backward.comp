// The gradient of blocks of Householder reflectors from what reflect_blocks kept of the way back, for every block k:
//
//   dU_k = E_Yᵀ G − E_dYᵀ X − Sym(D_k) U_k,   D_k = E_dYᵀ E_Y  (E_Yᵀ E_dY for Qᵀ),   Sym(D) = triu(D) + striu(D)ᵀ
//
// with X the input of the block, G the gradient of its output, and E_Y, E_dY the coefficients of Y and dY (Likhosherstov et al. 2021).
//
// Buffers
//   H   in     K·rows × 4·n4 without gaps, rows = 2·half, n4 = ⌈n/4⌉: of block k first X, then G
//   E   in     K·rows × BLOCK without gaps: of block k first E_Y, then E_dY
//   D   in     K·BLOCK × BLOCK without gaps
//   U   in     m × n, row j at off_u + j·stride_u; structural zeros hold zeros
//   DU  inout  m × n, row j at off_du + j·stride_du; added to with ADD, else only written; structural zeros receive 0
//
// Work groups: x counts tiles of local_size_x·TN vec4 columns, y blocks, z shares of TM reflectors of a block. An invocation computes
// TM rows × TN vec4 columns. VEC says that rows of U and DU begin at multiples of four words and n is a multiple of
// four.
//
// Precision: fp32 with fused multiply-add; one sum: over the batch with G, over the batch with X, then over the block.
#version 450
#extension GL_EXT_control_flow_attributes : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

#include "quad.glsl"

layout(local_size_x = 32, local_size_x_id = 0) in;
layout(constant_id = 1) const uint TM = 8;
layout(constant_id = 2) const uint TN = 1;
layout(constant_id = 3) const uint BLOCK = 32;
layout(constant_id = 4) const bool ADD = false;
layout(constant_id = 5) const bool VEC = false;

layout(set = 0, binding = 0) readonly buffer H { QUAD h4[]; };
layout(set = 0, binding = 1) readonly buffer E { QUAD e4[]; };
layout(set = 0, binding = 2) readonly buffer D { float d[]; };
layout(set = 0, binding = 3) readonly buffer U { float u[]; };
layout(set = 0, binding = 3) readonly buffer U4 { QUAD u4[]; };
layout(set = 0, binding = 4) buffer DU { float du[]; };
layout(set = 0, binding = 4) buffer DU4 { QUAD du4[]; };

layout(push_constant) uniform Push {
    uint half_rows, n, m;
    uint stride_u, stride_du;
    uint off_h, off_e, off_d, off_u, off_du; // off_h and off_e in vec4
} push;

const uint LX = gl_WorkGroupSize.x;
const uint B4 = BLOCK / 4;
const uint M4 = TM / 4;

shared vec4 sym[BLOCK * M4]; // Sym(D) of this work group's reflectors, a row of TM for each of the block

uint n4, q[TN];
vec4 acc[TM * TN];

// add adds sign·(the TM values from vec4 w on)ᵀ · v.
void add(vec4 w[M4], vec4 v[TN], float sign) {
    [[unroll]] for (uint r = 0u; r < TM; r++) {
        [[unroll]] for (uint t = 0u; t < TN; t++) acc[r * TN + t] = fma(vec4(sign * w[r / 4u][r % 4u]), v[t], acc[r * TN + t]);
    }
}

#include "reflector_row.glsl"

// finish stores v to vec4 column col of row j of DU, zeros left of the diagonal.
void finish(uint j, uint col, vec4 v) {
    uint at = push.off_du + j * push.stride_du + 4u * col;
    v = mix(v, vec4(0.0), lessThan(4u * col + uvec4(0u, 1u, 2u, 3u), uvec4(j)));
    if (VEC) {
        if (ADD) v += fromQuad(du4[at / 4u]);
        du4[at / 4u] = toQuad(v);
        return;
    }
    [[unroll]] for (uint e = 0u; e < 4u; e++) {
        if (4u * col + e < push.n) du[at + e] = ADD ? du[at + e] + v[e] : v[e];
    }
}

void main() {
    uint lane = gl_LocalInvocationIndex, block = gl_WorkGroupID.y, lo = block * BLOCK, own = gl_WorkGroupID.z * TM;
    uint from = gl_WorkGroupID.x * LX * TN;
    n4 = (push.n + 3u) / 4u;
    [[unroll]] for (uint t = 0u; t < TN; t++) q[t] = min(from + t * LX + lane, n4 - 1u);
    [[unroll]] for (uint i = 0u; i < TM * TN; i++) acc[i] = vec4(0.0);
    if (from + LX * TN > lo / 4u && lo + own < push.m) { // the whole work group
        [[dont_unroll]] for (uint i = lane; i < BLOCK * M4; i += LX) {
            uint l = i / M4;
            [[unroll]] for (uint e = 0u; e < 4u; e++) {
                uint j = own + i % M4 * 4u + e;
                sym[i][e] = d[push.off_d + (block * BLOCK + min(j, l)) * BLOCK + max(j, l)];
            }
        }
        barrier();
        vec4 w[M4], v[TN];
        uint rows = block * 2u * push.half_rows;
        [[dont_unroll]] for (uint i = 0u; i < push.half_rows; i++) {
            [[unroll]] for (uint r = 0u; r < M4; r++) w[r] = fromQuad(e4[push.off_e + (rows + i) * B4 + own / 4u + r]);
            [[unroll]] for (uint t = 0u; t < TN; t++) v[t] = fromQuad(h4[push.off_h + (rows + push.half_rows + i) * n4 + max(q[t], lo / 4u)]);
            add(w, v, 1.0);
        }
        [[dont_unroll]] for (uint i = 0u; i < push.half_rows; i++) {
            [[unroll]] for (uint r = 0u; r < M4; r++) w[r] = fromQuad(e4[push.off_e + (rows + push.half_rows + i) * B4 + own / 4u + r]);
            [[unroll]] for (uint t = 0u; t < TN; t++) v[t] = fromQuad(h4[push.off_h + (rows + i) * n4 + max(q[t], lo / 4u)]);
            add(w, v, -1.0);
        }
        [[dont_unroll]] for (uint l = 0u; l < BLOCK; l++) {
            [[unroll]] for (uint r = 0u; r < M4; r++) w[r] = sym[l * M4 + r];
            [[unroll]] for (uint t = 0u; t < TN; t++) v[t] = reflector(lo + l, q[t]);
            add(w, v, -1.0);
        }
    }
    [[unroll]] for (uint t = 0u; t < TN; t++) {
        if (from + t * LX + lane < n4) {
            [[unroll]] for (uint r = 0u; r < TM; r++) {
                if (lo + own + r < push.m) finish(lo + own + r, q[t], acc[r * TN + t]);
            }
        }
    }
}
