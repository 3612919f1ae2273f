package cpu

// operand is a matrix as a product reads it: element (i, j) is data[i·row + j·col]. One of row and col is 1.
type operand struct {
	data     []float32
	row, col int
}

// operandOf returns m, or with transpose its transpose, as an operand.
func operandOf(m matrix, transpose bool) operand {
	if transpose {
		return operand{m.data, 1, m.stride}
	}
	return operand{m.data, m.stride, 1}
}

func (o operand) from(i, j int) []float32 { return o.data[i*o.row+j*o.col:] }

// span is a half-open range.
type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

// packPanels copies the rows depth and the columns cols of b into panels: one after another, each of width kernels.panel and
// pitch rows, row p of the range going to row at+p of the panel. Columns beyond the last are filled with zeros.
func (k *kernels) packPanels(dst []float32, pitch, at int, b operand, depth, cols span) {
	step := depth.len()
	if b.col == 1 {
		step = min(step, packRowsAtOnce)
	}
	for p := 0; p < depth.len(); p += step {
		rows := span{depth.lo + p, min(depth.lo+p+step, depth.hi)}
		for j := cols.lo; j < cols.hi; j += k.cols {
			valid := min(k.cols, cols.hi-j)
			width := k.panel(valid)
			panel := dst[(j-cols.lo)*pitch:][:width*pitch][(at+p)*width:]
			k.packPanel(panel, width, b, rows, span{j, j + valid})
		}
	}
}

// packRowsAtOnce is the number of rows that are distributed over all panels before the next: rows lie together in memory.
const packRowsAtOnce = 16

// packPanel packs one panel.
func (k *kernels) packPanel(panel []float32, width int, b operand, depth, cols span) {
	src := b.from(depth.lo, cols.lo)
	valid := cols.len()
	if b.col != 1 {
		k.transpose(panel, width, src, b.col, depth.len(), valid)
		clearColumns(panel, width, depth.len(), valid)
		return
	}
	if valid == k.cols {
		k.copyPanel(panel, src, b.row, depth.len())
		return
	}
	for p := range depth.len() {
		copy(panel[p*width:p*width+valid], src[p*b.row:])
	}
	clearColumns(panel, width, depth.len(), valid)
}

// clearColumns writes zeros to the columns from valid on.
func clearColumns(panel []float32, width, depth, valid int) {
	if valid == width {
		return
	}
	for p := range depth {
		clear(panel[p*width+valid : (p+1)*width])
	}
}
