// What block_factors computes, for drivers where every load of an invocation costs as much as dozens of multiplications: lanes load
// different values and hand them to one another. The buffers and push constants are those of block_factors.comp:
//
//   A_k = S_k⁻¹,   S_k = ½ diag(U_k U_kᵀ) + striu(U_k U_kᵀ)
//
// Work groups: of one subgroup, whose size the host sets as local_size_x; x counts blocks. Lane l holds vec4 l, l + L, … of every row
// of U_k U_kᵀ, in registers. Then the substitution of lib/block_factors.glsl.
//
// Precision: fp32 with fused multiply-add; every sum is over rising columns or reflectors.
#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_shuffle : require
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif

layout(local_size_x = 32, local_size_x_id = 0) in;

#include "block_factors.glsl"

const uint OWN = B4 > LX ? B4 / LX : 1; // vec4 of a row of UUᵀ that a lane holds

uint lane;

// owned returns the vec4 of a row that this lane holds as its s-th; lanes beyond the row repeat the last.
uint owned(uint s) { return min(s * LX + lane, B4 - 1u); }

void main() {
    lane = gl_LocalInvocationIndex;
    uint lo = gl_WorkGroupID.x * BLOCK, n4 = (push.n + 3u) / 4u;
    vec4 square[BLOCK * OWN];
    [[unroll]] for (uint i = 0u; i < BLOCK * OWN; i++) square[i] = vec4(0.0);
    [[dont_unroll]] for (uint from = lo / 4u; from < n4; from += LX) {
        vec4 mine[BLOCK];
        [[unroll]] for (uint i = 0u; i < BLOCK; i++) mine[i] = reflector(lo + i, min(from + lane, n4 - 1u));
        uint columns = min(LX, n4 - from);
        [[dont_unroll]] for (uint k = 0u; k < columns; k++) {
            [[unroll]] for (uint s = 0u; s < OWN; s++) {
                vec4 w[4];
                [[unroll]] for (uint c = 0u; c < 4u; c++) w[c] = reflector(lo + 4u * owned(s) + c, from + k);
                [[unroll]] for (uint i = 0u; i < BLOCK; i++) {
                    vec4 v = subgroupShuffle(mine[i], k);
                    [[unroll]] for (uint e = 0u; e < 4u; e++) {
                        [[unroll]] for (uint c = 0u; c < 4u; c++) square[i * OWN + s][c] = fma(v[e], w[c][e], square[i * OWN + s][c]);
                    }
                }
            }
        }
    }
    [[unroll]] for (uint s = 0u; s < OWN; s++) {
        if (s * LX + lane < B4) {
            [[unroll]] for (uint i = 0u; i < BLOCK; i++) gram[i * B4 + s * LX + lane] = toQuad(square[i * OWN + s]);
        }
    }
    barrier();
    substitute(lane, lo);
}
