// OUT_j = α Σ_i A_ij B_ij + β OUT_j: column sums of a product, over one piece of the rows each.
//
// Buffers
//   A    in     rows × cols, row i at off_a + i·stride_a
//   B    in     rows × cols, row i at off_b + i·stride_b; read if HAS_B, else ones
//   OUT  inout  pieces × cols, row p at off_out + p·cols holds the sum over rows
//               p·piece … (p+1)·piece − 1; read if HAS_BETA
//
// A tall matrix is summed in two launches: pieces into scratch memory, then the
// rows of that.
//
// Work groups: x, folded over x and z, over blocks of local_size_x columns, or of
// 4·local_size_x with WIDE; y over pieces; local_size_y, a power of two, is how many
// rows are read side by side. Consecutive invocations read consecutive columns.
// WIDE: cols, strides and offsets of A and B are multiples of four elements.
//
// Precision: fp32; an invocation adds its rows in four interleaved sums, which are
// added in pairs; then local_size_y sums in a tree.
#version 450

layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(local_size_x = 32, local_size_y = 8) in;

layout(constant_id = 2) const bool WIDE = false;
layout(constant_id = 3) const bool HAS_B = true;
layout(constant_id = 4) const bool HAS_BETA = true;

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 1) readonly buffer B4 { vec4 b4[]; };
layout(set = 0, binding = 2) buffer OUT { float result[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint piece;
    uint stride_a;
    uint stride_b;
    uint off_a;
    uint off_b;
    uint off_out;
    float alpha;
    float beta;
};

shared vec4 part[gl_WorkGroupSize.x * gl_WorkGroupSize.y];

// term returns the products of four columns, or of one in x.
vec4 term(uint row, uint col) {
    uint at_a = off_a + row * stride_a + col, at_b = off_b + row * stride_b + col;
    if (WIDE) return HAS_B ? a4[at_a / 4u] * b4[at_b / 4u] : a4[at_a / 4u];
    return vec4(HAS_B ? a[at_a] * b[at_b] : a[at_a], 0.0, 0.0, 0.0);
}

void main() {
    const uint width = gl_WorkGroupSize.x, lanes = gl_WorkGroupSize.y, per = WIDE ? 4u : 1u;
    uint lane = gl_LocalInvocationID.y, at = gl_LocalInvocationIndex;
    uint block = gl_WorkGroupID.z * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint col = per * (block * width + gl_LocalInvocationID.x);
    uint row = gl_WorkGroupID.y * piece + lane, end = min(rows, (gl_WorkGroupID.y + 1u) * piece);

    vec4 sum = vec4(0.0);
    if (col < cols) {
        vec4 sum1 = vec4(0.0), sum2 = vec4(0.0), sum3 = vec4(0.0);
        for (; row + 3u * lanes < end; row += 4u * lanes) {
            sum += term(row, col);
            sum1 += term(row + lanes, col);
            sum2 += term(row + 2u * lanes, col);
            sum3 += term(row + 3u * lanes, col);
        }
        for (; row < end; row += lanes) sum += term(row, col);
        sum = (sum + sum1) + (sum2 + sum3);
    }
    part[at] = sum;
    for (uint half_size = lanes >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) part[at] += part[at + half_size * width];
    }
    if (lane > 0u || col >= cols) return;
    uint to = off_out + gl_WorkGroupID.y * cols + col;
    for (uint c = 0u; c < per; c++) {
        float v = alpha * part[at][c];
        if (HAS_BETA) v += beta * result[to + c];
        result[to + c] = v;
    }
}
