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

	inverses []triangle // one for each worker
}

// triInverse solves S·A = I by blocks of columns of A, each on its own: from the diagonal upwards,
//
//	A_JJ = S_JJ⁻¹,   A_IJ = −S_II⁻¹ Σ_{I<K≤J} S_IK A_KJ
func triInverse(c *compiler, op gpu.TriInverse) (task, error) {
	m := op.S.Rows
	if m == 0 {
		return task{plan: "empty"}, nil
	}
	w := &triWork{s: bind(op.S), a: bind(op.A), m: m, inverses: make([]triangle, c.threads), ws: c.workspace(triBlock, triBlock, m), rest: c.perWorker(triBlock * triBlock)}
	w.p = product{kernels: c.kernels, a: operandOf(w.s, false), b: operandOf(w.a, false)}
	blocks := ceilDiv(m, triBlock)
	return task{
		plan:   fmt.Sprintf("order %d, %d blocks of columns", m, blocks),
		phases: []phase{{blocks, w.diagonal}, {blocks, func(worker, i int) { w.columns(worker, blocks-1-i) }}},
	}, nil
}

func (w *triWork) block(i int) span { return span{i * triBlock, min((i+1)*triBlock, w.m)} }

// diagonal inverts diagonal block i and writes the zeros below it.
func (w *triWork) diagonal(worker, i int) {
	at := w.block(i)
	for r := at.lo; r < w.m; r++ {
		clear(w.a.row(r)[at.lo:at.hi])
	}
	inv := &w.inverses[worker]
	inv.invert(w.p.kernels, &w.s, at)
	inv.write(w.a.from(at.lo, at.lo), w.a.stride, at.len())
}

// triangle is an upper triangular block in double precision, in memory of a worker's own.
type triangle [triBlock * triBlock]float64

// invert sets the triangle to the inverse of the diagonal block of s by back substitution, a row at a time from the last on,
//
//	row i = ( e_i − Σ_{k>i} s_ik row k ) / s_ii
//
// A zero on the diagonal gives a zero row and column. Below the diagonal there are zeros.
func (inv *triangle) invert(k *kernels, s *matrix, at span) {
	n := at.len()
	clear(inv[:n*triBlock])
	for i := n - 1; i >= 0; i-- {
		row, from := inv[i*triBlock:(i+1)*triBlock], s.from(at.lo+i, at.lo)
		if from[i] == 0 {
			continue
		}
		reciprocal := 1 / float64(from[i])
		for j := i / 16 * 16; j < n; j += 16 { // the rows below have no elements left of their diagonals
			if end := min(n, j+16); i+1 < end {
				k.combineRows((*[16]float64)(row[j:]), -reciprocal, from[i+1:end], inv[(i+1)*triBlock+j:], triBlock)
			}
		}
		clear(row[i/16*16 : i])
		row[i] = reciprocal
	}
	for j := range n {
		if s.from(at.lo+j, at.lo)[j] == 0 { // no reflector: its column is zero too
			for i := range n {
				inv[i*triBlock+j] = 0
			}
		}
	}
}

// write rounds the first n rows and columns and writes those on and above the diagonal.
func (inv *triangle) write(to []float32, pitch, n int) {
	for i := range n {
		row := to[i*pitch : i*pitch+n]
		for j, v := range inv[i*triBlock:][:n] {
			if j >= i {
				row[j] = float32(v)
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
