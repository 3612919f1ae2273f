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
// Work groups: x, folded over x and z, over blocks of local_size_x columns, y over
// pieces; local_size_y, a power of two, is how many rows are read side by side.
// Consecutive invocations read consecutive columns.
//
// Precision: fp32; an invocation adds its rows in four interleaved sums, which are
// added in pairs; then local_size_y sums in a tree.
#version 450

layout(local_size_x_id = 0, local_size_y_id = 1) in;
layout(local_size_x = 64, local_size_y = 4) in;

layout(constant_id = 2) const bool HAS_B = true;
layout(constant_id = 3) const bool HAS_BETA = true;

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
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

shared float part[gl_WorkGroupSize.x * gl_WorkGroupSize.y];

float term(uint row, uint col) {
    float v = a[off_a + row * stride_a + col];
    if (HAS_B) v *= b[off_b + row * stride_b + col];
    return v;
}

void main() {
    uint width = gl_WorkGroupSize.x, lanes = gl_WorkGroupSize.y;
    uint lane = gl_LocalInvocationID.y, at = gl_LocalInvocationIndex;
    uint col = (gl_WorkGroupID.z * gl_NumWorkGroups.x + gl_WorkGroupID.x) * width + gl_LocalInvocationID.x;
    uint row = gl_WorkGroupID.y * piece + lane, end = min(rows, (gl_WorkGroupID.y + 1u) * piece);

    vec4 sum = vec4(0.0);
    if (col < cols) {
        for (; row + 3u * lanes < end; row += 4u * lanes) {
            sum += vec4(term(row, col), term(row + lanes, col), term(row + 2u * lanes, col), term(row + 3u * lanes, col));
        }
        for (; row < end; row += lanes) sum.x += term(row, col);
    }
    part[at] = (sum.x + sum.y) + (sum.z + sum.w);
    for (uint half_size = lanes >> 1; half_size > 0u; half_size >>= 1) {
        barrier();
        if (lane < half_size) part[at] += part[at + half_size * width];
    }
    if (lane == 0u && col < cols) {
        uint to = off_out + gl_WorkGroupID.y * cols + col;
        float v = alpha * part[at];
        if (HAS_BETA) v += beta * result[to];
        result[to] = v;
    }
}
