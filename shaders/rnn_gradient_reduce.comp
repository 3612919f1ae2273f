// DWx_jq = Σ_s Q_s[q][j], DBias_j = Σ_s P_s[0][j] and DDiag_j = Σ_s P_s[1][j]: adds the shares of the gradients that rnn_gradient, and a product where
// the input is wide, left in scratch memory.
//
// Buffers
//   P      in   share s begins s·step_p words further, rows of 4·n4 words, n4 = ⌈n/4⌉
//   Q      in   the shares of the input's gradient: share s begins s·step_q words further, k × 4·n4; not read with k = 0
//   DWx    out  n × k, row j at off_dwx + j·ldw; not written with k = 0
//   DBias  out  1 × n; written with HAS_BIAS
//   DDiag  out  1 × n; written where sums is k + 2
//
// Work groups: x counts blocks of local_size_x columns j; y is q.
//
// Precision: fp32; shares are added in ascending order.
#version 450

layout(local_size_x = 64, local_size_x_id = 0) in;
layout(constant_id = 1) const bool HAS_BIAS = true;

layout(set = 0, binding = 0) readonly buffer P { float p[]; };
layout(set = 0, binding = 1) writeonly buffer DWx { float dwx[]; };
layout(set = 0, binding = 2) writeonly buffer DBias { float dbias[]; };
layout(set = 0, binding = 3) writeonly buffer DDiag { float ddiag[]; };
layout(set = 0, binding = 4) readonly buffer Q { float q_[]; };

layout(push_constant) uniform Push {
    uint n, k;
    uint shares_p, shares_q;
    uint step_p, step_q;
    uint ldw;
    uint off_p, off_q, off_dwx, off_dbias, off_ddiag;
} push;

void main() {
    uint j = gl_GlobalInvocationID.x, q = gl_WorkGroupID.y, pitch = (push.n + 3) / 4 * 4;
    if (j >= push.n) return;
    float v = 0.0;
    if (q < push.k) {
        for (uint s = 0; s < push.shares_q; s++) v += q_[push.off_q + s * push.step_q + q * pitch + j];
    } else {
        for (uint s = 0; s < push.shares_p; s++) v += p[push.off_p + s * push.step_p + (q - push.k) * pitch + j];
    }
    if (q < push.k) {
        dwx[push.off_dwx + j * push.ldw + q] = v;
    } else if (q > push.k) {
        ddiag[push.off_ddiag + j] = v;
    } else if (HAS_BIAS) {
        dbias[push.off_dbias + j] = v;
    }
}
