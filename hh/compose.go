package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// diagonal returns the first min(rows, cols) diagonal elements of v as a column.
func diagonal(v gpu.View) gpu.View {
	return gpu.View{Buf: v.Buf, Off: v.Off, Rows: min(v.Rows, v.Cols), Cols: 1, Stride: v.Stride + 1}
}

// column returns the row vector v (1 × n) as a column (n × 1).
func column(v gpu.View) gpu.View {
	return gpu.View{Buf: v.Buf, Off: v.Off, Rows: v.Cols, Cols: 1, Stride: 1}
}

// addDiagonal adds the vector d (1 × n) to the main diagonal of y.
func addDiagonal(y, d gpu.View) gpu.Op {
	return gpu.Scale{Y: diagonal(y), X: column(d), Alpha: 1, Beta: 1}
}

// empty tells whether a product has nothing to write, or nothing to add to what is there.
func empty(g gpu.Gemm) bool {
	m, n, k := g.Dims()
	return m == 0 || n == 0 || k == 0 && g.Beta == 1
}

// pair returns two independent products as one batch of two where their shapes and places allow it, and as two operations
// otherwise. The two sides U and V of a weight have the same shapes most of the time, and a launch costs what a small product does.
func pair(a, b gpu.Gemm) []gpu.Op {
	switch {
	case empty(a) && empty(b):
		return nil
	case empty(a):
		return []gpu.Op{b}
	case empty(b):
		return []gpu.Op{a}
	}
	if g, ok := a.Join(b); ok {
		return []gpu.Op{g}
	}
	return []gpu.Op{a, b}
}

// batchStride returns the distance from a to b when they are windows of one shape in one buffer.
func batchStride(a, b gpu.View) (int, bool) {
	if a.Buf != b.Buf || a.Rows != b.Rows || a.Cols != b.Cols || a.Stride != b.Stride {
		return 0, false
	}
	return b.Off - a.Off, true
}

// sets is one or two sets of as many reflectors, one below the other.
type sets struct {
	view  gpu.View
	count int
}

// stackSets returns the sets that have reflectors, two that follow each other in memory as one view.
func stackSets(v [2]gpu.View) []sets {
	a, b := v[0], v[1]
	if a.Rows > 0 && a.Rows == b.Rows && a.Buf == b.Buf && a.Cols == b.Cols && a.Stride == b.Stride && b.Off == a.Off+a.Rows*a.Stride {
		a.Rows *= 2
		return []sets{{a, 2}}
	}
	var out []sets
	for _, x := range v {
		if x.Rows > 0 {
			out = append(out, sets{x, 1})
		}
	}
	return out
}
