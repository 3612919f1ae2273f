// Y_i = TABLE[TOKENS_i]: rows of a table, zeros where a token names none.
//
// Buffers
//   TABLE   in    entries × cols, row v at off_table + v·stride_table
//   TOKENS  in    1 × rows
//   Y       out   rows × cols, row i at off_y + i·stride_y
//
// Work groups: one invocation an element, or four (window.glsl: WIDE, never FLAT),
// folded over x and y; local size local_size_x. rows·cols < 2³².
//
// Precision: exact.
#version 450
#include "window.glsl"

layout(local_size_x = 256, local_size_x_id = 0) in;

#include "fold.glsl"

layout(set = 0, binding = 0) readonly buffer TABLE { uint table[]; };
layout(set = 0, binding = 0) readonly buffer TABLE4 { uvec4 table4[]; };
layout(set = 0, binding = 1) readonly buffer TOKENS { int tokens[]; };
layout(set = 0, binding = 2) writeonly buffer Y { uint y[]; };
layout(set = 0, binding = 2) writeonly buffer Y4 { uvec4 y4[]; };

layout(push_constant) uniform Push {
    uint rows;
    uint cols;
    uint entries;
    uint stride_table;
    uint stride_y;
    uint off_table;
    uint off_tokens;
    uint off_y;
};

void main() {
    Span span = spanOf(foldedItem(), rows, cols);
    if (span.col >= span.end) return;
    uint token = uint(tokens[off_tokens + span.row]); // a negative one is large
    bool known = token < entries;
    uint from = off_table + (known ? token : 0u) * stride_table, to = off_y + span.row * stride_y;
    if (span.whole) {
        y4[(to + span.col) / 4u] = known ? table4[(from + span.col) / 4u] : uvec4(0u);
        return;
    }
    for (; span.col < span.end; span.col++) y[to + span.col] = known ? table[from + span.col] : 0u;
}
