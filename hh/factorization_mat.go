package hh

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// Mat returns W (Rows × Cols) in float64, computed on the host: no device is needed. It costs 4·Rows·Cols·m flops.
func (f *Factorization) Mat() (*mat.Dense, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	w := mat.NewDense(f.Rows, f.Cols, nil)
	for i, s := range f.Sigma {
		w.Set(i, i, float64(s))
	}
	raw := w.RawMatrix()
	applyReflectors(raw, f.V, f.Cols, false) // W Q(V)ᵀ: H_0 is the last on the right
	applyReflectors(raw, f.U, f.Rows, true)  // Q(U) W: H_0 is the last on the left
	return w, nil
}

// applyReflectors replaces w by Q w (left) or w Qᵀ, one reflector of length n at a time from the last to the first.
func applyReflectors(w blas64.General, u []float32, n int, left bool) {
	x := blas64.Vector{N: n, Inc: 1, Data: make([]float64, n)}
	rows, cols := w.Rows, w.Cols
	y := blas64.Vector{N: rows + cols - n, Inc: 1, Data: make([]float64, rows+cols-n)}
	for j := len(u)/n - 1; j >= 0; j-- {
		for i := range n {
			x.Data[i] = float64(u[j*n+i])
		}
		clear(x.Data[:j]) // structural zeros
		length := blas64.Dot(x, x)
		if length == 0 {
			continue
		}
		if left {
			blas64.Gemv(blas.Trans, 1, w, x, 0, y)
			blas64.Ger(-2/length, x, y, w)
		} else {
			blas64.Gemv(blas.NoTrans, 1, w, x, 0, y)
			blas64.Ger(-2/length, y, x, w)
		}
	}
}
