// The gradient of a product of Householder reflectors, one reflection at a time, from its output.
//
// With h the input and g the output gradient of a reflection by v = s u_j, and
// f = 2/‖v‖² (Zhang, Lei & Dhillon 2018, section 3.3):
//
//   h ← h − f (vᵀh) v  (a reflection is its own inverse),  p = f vᵀh,  q = f vᵀg,
//   du_j = s (p q v − p g − q h),  g ← g − q v
//
// for j = 0 … m−1 (the output of Q = H_0 … H_{m−1} meets H_0 last), or m−1 … 0 if
// TRANSPOSE. p and q are 2a and 2b of gpu.ReflectBackward.
//
// Buffers
//   DY      in     batch × n, row i at off_dy + i·stride_dy
//   Y       in     batch × n, row i at off_y + i·stride_y
//   U       in     m × n, row j at off_u + j·stride_u; the first j elements of row j
//                  count as zero whatever they hold
//   FACTOR  in     m × (s, f) of reflect_factor.comp; f = 0 is the identity, du_j = 0
//   DX      out    batch × n, row i at off_dx + i·stride_dx. May be DY.
//   PART    inout  one m × n sum over the rows of each work group: group p at
//                  off_part + p·stride_group, row j at j·stride_part from there;
//                  begun with the first row of the batch, added to in later launches
//
// Work groups: each takes every groups-th block of ROWS rows of the launch's, from
// first_row to end_row, one after the other; see reflector.glsl.
//
// Precision: fp32; the sums over n: an invocation's elements in rising order, then
// addOverLanes; the sum over the batch: the rows of a block, then blocks in
// rising order, each in rising order.
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x = 64, local_size_x_id = 0) in;

#define SUMS_OF_A_ROW 2u
#include "reflector.glsl"

layout(set = 0, binding = 0) readonly buffer DY { float dy[]; };
layout(set = 0, binding = 0) readonly buffer DY4 { vec4 dy4[]; };
layout(set = 0, binding = 1) readonly buffer Y { float y[]; };
layout(set = 0, binding = 1) readonly buffer Y4 { vec4 y4[]; };
layout(set = 0, binding = 2) readonly buffer U { float u[]; };
layout(set = 0, binding = 2) readonly buffer U4 { vec4 u4[]; };
layout(set = 0, binding = 3) readonly buffer FACTOR { vec2 factor[]; };
layout(set = 0, binding = 4) writeonly buffer DX { float dx[]; };
layout(set = 0, binding = 4) writeonly buffer DX4 { vec4 dx4[]; };
layout(set = 0, binding = 5) buffer PART { float part[]; };
layout(set = 0, binding = 5) buffer PART4 { vec4 part4[]; };

layout(push_constant) uniform Push {
    uint first_row;
    uint end_row;
    uint n;
    uint m;
    uint groups;
    uint stride_dy;
    uint stride_y;
    uint stride_u;
    uint stride_dx;
    uint stride_part;
    uint stride_group;
    uint off_dy;
    uint off_y;
    uint off_u;
    uint off_factor;
    uint off_dx;
    uint off_part;
};

// LOAD returns elements i … i + 3 of a row of the buffer, or element i in x.
#define LOAD(buf, at) (WIDE ? buf##4[(at) / 4u] : vec4(buf[at], 0.0, 0.0, 0.0))

// The rows of this invocation's work group, their gradients, and the reflector, as reflector.glsl spreads them.
float h[ROWS * ELEMS], g[ROWS * ELEMS], v[ELEMS];

void loadRows(uint first) {
    [[unroll]] for (uint r = 0u; r < ROWS; r++) {
        [[unroll]] for (uint e = 0u; e < ELEMS; e += STEP) {
            uint i = column(e);
            vec4 t = vec4(0.0), s = vec4(0.0);
            if (inRow(e, i, n) && first + r < end_row) {
                t = LOAD(y, off_y + (first + r) * stride_y + i);
                s = LOAD(dy, off_dy + (first + r) * stride_dy + i);
            }
            [[unroll]] for (uint c = 0u; c < STEP; c++) {
                h[r * ELEMS + e + c] = t[c];
                g[r * ELEMS + e + c] = s[c];
            }
        }
    }
}

void storeGradients(uint first) {
    [[unroll]] for (uint r = 0u; r < ROWS; r++) {
        [[unroll]] for (uint e = 0u; e < ELEMS; e += STEP) {
            uint i = column(e), to = off_dx + (first + r) * stride_dx + i;
            if (inRow(e, i, n) && first + r < end_row) {
                vec4 t = vec4(0.0);
                [[unroll]] for (uint c = 0u; c < STEP; c++) t[c] = g[r * ELEMS + e + c];
                if (WIDE) {
                    dx4[to / 4u] = t;
                } else {
                    dx[to] = t.x;
                }
            }
        }
    }
}

void loadReflector(uint j, float scale) {
    [[unroll]] for (uint e = 0u; e < ELEMS; e += STEP) {
        uint i = column(e);
        vec4 t = vec4(0.0);
        if (inRow(e, i, n)) t = scale * LOAD(u, off_u + j * stride_u + i);
        [[unroll]] for (uint c = 0u; c < STEP; c++) v[e + c] = i + c >= j ? t[c] : 0.0;
    }
}

// products returns vᵀh and vᵀg of every row.
void products(out float sums[SUMS]) {
    [[unroll]] for (uint r = 0u; r < ROWS; r++) {
        sums[2u * r] = 0.0;
        sums[2u * r + 1u] = 0.0;
        [[unroll]] for (uint e = 0u; e < ELEMS; e++) {
            sums[2u * r] += v[e] * h[r * ELEMS + e];
            sums[2u * r + 1u] += v[e] * g[r * ELEMS + e];
        }
    }
    addOverLanes(sums);
}

// reflectElements takes elements e … e + STEP − 1 of all rows through the reflection and returns their part of the gradient of v.
vec4 reflectElements(uint e, float f, float sums[SUMS]) {
    vec4 d = vec4(0.0);
    [[unroll]] for (uint r = 0u; r < ROWS; r++) {
        float p = -f * sums[2u * r], q = f * sums[2u * r + 1u]; // vᵀh changes its sign in the reflection
        [[unroll]] for (uint c = 0u; c < STEP; c++) {
            uint at = r * ELEMS + e + c;
            float input_h = h[at] + p * v[e + c], old_g = g[at];
            d[c] += p * q * v[e + c] - p * old_g - q * input_h;
            h[at] = input_h;
            g[at] = old_g - q * v[e + c];
        }
    }
    return d;
}

// through takes the rows through reflector j and adds its gradient to, or begins with it, the sum of this work group.
void through(uint j, bool begin) {
    vec2 f = factor[off_factor + j];
    loadReflector(j, f.x);
    float sums[SUMS];
    if (f.y != 0.0) products(sums); // the whole work group
    [[unroll]] for (uint e = 0u; e < ELEMS; e += STEP) {
        vec4 d = f.y != 0.0 ? reflectElements(e, f.y, sums) : vec4(0.0);
        uint i = column(e), to = off_part + gl_WorkGroupID.x * stride_group + j * stride_part + i;
        [[unroll]] for (uint c = 0u; c < STEP; c++) d[c] = i + c >= j ? f.x * d[c] : 0.0;
        if (inRow(e, i, n)) {
            if (WIDE) {
                part4[to / 4u] = begin ? d : part4[to / 4u] + d;
            } else {
                part[to] = begin ? d.x : part[to] + d.x;
            }
        }
    }
}

void main() {
    uint begin = gl_WorkGroupID.x * ROWS;
    for (uint first = first_row + begin; first < end_row; first += groups * ROWS) {
        loadRows(first);
        for (uint step = 0u; step < m; step++) through(TRANSPOSE ? m - 1u - step : step, first == begin);
        storeGradients(first);
    }
}
