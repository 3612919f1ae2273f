// partRow returns which row of a larger matrix row i of an operand is: row ⌊i/rows⌋·of + first + i mod rows, or i itself where rows is 0 (gpu.Part).
uint partRow(uint i, uint rows, uint of, uint first) {
    return rows == 0u ? i : i / rows * of + first + i % rows;
}
