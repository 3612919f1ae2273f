package cpu

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { implement(triInverse) }

// triBlock is the order of the diagonal blocks, which are inverted in double precision.
const triBlock = 32

// triWork is the inverse of an upper triangular matrix with its operands bound.
type triWork struct {
	s, a matrix
	m    int
	p    product
	ws   workspace
	rest scratch // for every worker a block of triBlock × triBlock
}

// triInverse solves S·A = I by blocks of columns of A, each on its own: from the diagonal upwards,
//
//	A_JJ = S_JJ⁻¹,   A_IJ = −S_II⁻¹ Σ_{I<K≤J} S_IK A_KJ
func triInverse(c *compiler, op gpu.TriInverse) (task, error) {
	m := op.S.Rows
	if m == 0 {
		return task{plan: "empty"}, nil
	}
	w := &triWork{s: bind(op.S), a: bind(op.A), m: m, ws: c.workspace(triBlock, triBlock, m), rest: c.perWorker(triBlock * triBlock)}
	w.p = product{kernels: c.kernels, a: operandOf(w.s, false), b: operandOf(w.a, false)}
	blocks := ceilDiv(m, triBlock)
	return task{
		plan:   fmt.Sprintf("order %d, %d blocks of columns", m, blocks),
		phases: []phase{{blocks, w.diagonal}, {blocks, func(worker, i int) { w.columns(worker, blocks-1-i) }}},
	}, nil
}

func (w *triWork) block(i int) span { return span{i * triBlock, min((i+1)*triBlock, w.m)} }

// diagonal inverts diagonal block i and writes the zeros below it.
func (w *triWork) diagonal(_, i int) {
	at := w.block(i)
	var inv [triBlock][triBlock]float64
	invertTriangle(&inv, w.s, at)
	for r := at.lo; r < w.m; r++ {
		clear(w.a.row(r)[at.lo:at.hi])
	}
	for r := at.lo; r < at.hi; r++ {
		row := w.a.row(r)
		for j := r; j < at.hi; j++ {
			row[j] = float32(inv[r-at.lo][j-at.lo])
		}
	}
}

// invertTriangle inverts the diagonal block of s by back substitution; a zero on the diagonal gives a zero row and column.
func invertTriangle(inv *[triBlock][triBlock]float64, s matrix, at span) {
	n := at.len()
	at00 := func(i, j int) float64 { return float64(s.data[(at.lo+i)*s.stride+at.lo+j]) }
	for i := n - 1; i >= 0; i-- {
		if at00(i, i) == 0 {
			continue
		}
		row := inv[i][:n]
		for k := i + 1; k < n; k++ {
			f := at00(i, k)
			for j, v := range inv[k][k:n] {
				row[k+j] -= f * v
			}
		}
		row[i] = 1
		for j := i; j < n; j++ {
			row[j] /= at00(i, i)
		}
	}
	for j := range n {
		if at00(j, j) == 0 { // no reflector: its column is zero too
			for i := range n {
				inv[i][j] = 0
			}
		}
	}
}

// columns computes block column j of A above its diagonal block.
func (w *triWork) columns(worker, j int) {
	cols := w.block(j)
	rest := w.rest.block(worker)
	for i := j - 1; i >= 0; i-- {
		rows := w.block(i)
		w.p.block(w.ws, worker, rows, cols, span{rows.hi, cols.hi}, output{c: rest, cRow: triBlock})
		w.substitute(worker, rest, rows, cols)
	}
}

// substitute writes −S_II⁻¹·rest to block (I, J) of A; S_II⁻¹ is read from A's own diagonal block.
func (w *triWork) substitute(worker int, rest []float32, rows, cols span) {
	p := product{kernels: w.p.kernels, a: operand{w.a.from(rows.lo, rows.lo), w.a.stride, 1}, b: operand{rest, triBlock, 1}, scale: minusOnes[:]}
	p.block(w.ws, worker, span{0, rows.len()}, span{0, cols.len()}, span{0, rows.len()}, output{c: w.a.from(rows.lo, cols.lo), cRow: w.a.stride})
}

// minusOnes are the factors of the columns of a product that is to be subtracted.
var minusOnes = func() (x [triBlock]float32) {
	for i := range x {
		x[i] = -1
	}
	return x
}()
