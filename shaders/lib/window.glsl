// Elements of a rows × cols window by number, row by row. With FLAT the windows
// have no gaps and the host passes one row of all elements, which saves a division.

#ifndef WINDOW_GLSL
#define WINDOW_GLSL

layout(constant_id = 1) const bool FLAT = false;

// position returns the row and the column of an element.
uvec2 position(uint item, uint cols) {
    if (FLAT) return uvec2(0u, item);
    uint row = item / cols;
    return uvec2(row, item - row * cols);
}

#endif
