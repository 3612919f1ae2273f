// Elements of a rows × cols window, row by row, one or four an invocation.
//
// FLAT: the windows have no gaps and the host passes one row of all elements,
// which saves a division. WIDE: every row of every operand starts at a multiple of
// four elements, so an invocation takes four neighbours as one vec4; the last of a
// row may have fewer and takes them one by one. The body of a kernel is
//
//     Span span = spanOf(foldedItem(), rows, cols);
//     if (span.whole) { … vec4 at (span.row, span.col) …; return; }
//     for (; span.col < span.end; span.col++) { … element (span.row, span.col) … }

#ifndef WINDOW_GLSL
#define WINDOW_GLSL

layout(constant_id = 1) const bool FLAT = false;
layout(constant_id = 2) const bool WIDE = false;

// Span is an invocation's elements: columns col … end − 1 of a row. There are none if col ≥ end.
struct Span {
    uint row;
    uint col;
    uint end;
    bool whole; // four elements, to be taken as one vec4
};

// spanOf returns the elements of an invocation. A Span past the end of the window is empty.
Span spanOf(uint item, uint rows, uint cols) {
    uint across = WIDE ? (cols + 3u) / 4u : cols;
    if (item >= rows * across) return Span(0u, 0u, 0u, false);
    uint row = FLAT ? 0u : item / across;
    uint col = (item - row * across) * (WIDE ? 4u : 1u);
    uint end = WIDE ? min(col + 4u, cols) : col + 1u;
    return Span(row, col, end, WIDE && end - col == 4u);
}

#endif
