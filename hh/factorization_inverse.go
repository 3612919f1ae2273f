package hh

import (
	"reflect"

	"gonum.org/v1/gonum/mat"
)

// FromMat is FromDense for a matrix of gonum, rounded to fp32.
func FromMat(a mat.Matrix) (*Factorization, error) {
	if v := reflect.ValueOf(a); a == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, shapeError("from matrix", "the matrix is nil")
	}
	rows, cols := a.Dims()
	w := make([]float32, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			w = append(w, float32(a.At(i, j)))
		}
	}
	return FromDense(w, rows, cols)
}

// Inverse returns the factors of W⁻¹ = Q(V) Σ⁻¹ Q(U)ᵀ, W square, on the host. A singular W, one whose smallest |σ| is not above rcond times the
// largest, is ErrSingular; rcond = 0 accepts whatever can be divided by.
func (f *Factorization) Inverse(rcond float64) (*Factorization, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if f.Rows != f.Cols {
		return nil, shapeError("inverse", "W is %d×%d; use PseudoInverse for a solution of least squares", f.Rows, f.Cols)
	}
	if err := f.Sigma.Invertible(rcond); err != nil {
		return nil, err
	}
	inverse := &Factorization{Rows: f.Cols, Cols: f.Rows, U: f.V, V: f.U, Sigma: make(Spectrum, len(f.Sigma))}
	for i, s := range f.Sigma {
		inverse.Sigma[i] = float32(1 / float64(s))
	}
	return inverse, wantFinite("inverse", "1/sigma", inverse.Sigma)
}

// LogDet returns the determinant of a square W as its sign (−1, 0 or 1) and the logarithm of its absolute value, −Inf where it is 0. Every
// reflector that is not zero turns the sign around once, and every negative σ.
func (f *Factorization) LogDet() (logAbs float64, sign int, err error) {
	if err := f.Check(); err != nil {
		return 0, 0, err
	}
	if f.Rows != f.Cols {
		return 0, 0, shapeError("determinant", "W is %d×%d; a determinant needs a square matrix", f.Rows, f.Cols)
	}
	sign = 1
	for _, side := range [][]float32{f.U, f.V} {
		for j := range len(side) / f.Rows {
			for _, v := range side[j*f.Rows+j : (j+1)*f.Rows] { // its structural zeros left out
				if v != 0 {
					sign = -sign
					break
				}
			}
		}
	}
	for _, s := range f.Sigma {
		switch {
		case s == 0:
			sign = 0
		case s < 0:
			sign = -sign
		}
	}
	return f.Sigma.LogAbsDet(), sign, nil
}
