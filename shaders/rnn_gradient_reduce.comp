// DWx_jq = Σ_s P_s[q][j], DBias_j = Σ_s P_s[k][j] and DDiag_j = Σ_s P_s[k+1][j]: adds the shares of the gradients that rnn_gradient left in scratch memory.
//
// Buffers
//   P      in   share s is the matrix number s, sums × 4·n4 without gaps, n4 = ⌈n/4⌉
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

layout(push_constant) uniform Push {
    uint n, k;
    uint sums;
    uint shares;
    uint ldw;
    uint off_p, off_dwx, off_dbias, off_ddiag;
} push;

void main() {
    uint j = gl_GlobalInvocationID.x, q = gl_WorkGroupID.y, pitch = (push.n + 3) / 4 * 4;
    if (j >= push.n) return;
    float v = 0.0;
    for (uint s = 0; s < push.shares; s++) v += p[push.off_p + (s * push.sums + q) * pitch + j];
    if (q < push.k) {
        dwx[push.off_dwx + j * push.ldw + q] = v;
    } else if (q > push.k) {
        ddiag[push.off_ddiag + j] = v;
    } else if (HAS_BIAS) {
        dbias[push.off_dbias + j] = v;
    }
}
