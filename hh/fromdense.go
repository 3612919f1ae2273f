package hh

import (
	"math"
	"strconv"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// FromDense factors a given matrix W (rows × cols, row-major): the returned reflectors and singular values reproduce it,
// W = Q(U) Σ Q(V)ᵀ, with min(rows, cols) reflectors a side and σ ≥ 0 descending. LAPACK's singular value decomposition (gonum) gives
// the singular vectors, a Householder QR factorisation of each set gives the reflectors; all in float64, rounded to fp32 at the end.
//
// A NaN or an infinity in w is ErrNotFinite, and so is a singular value that exceeds single precision; a length that does not fit is
// gpu.ErrShape.
func FromDense(w []float32, rows, cols int) (*Factorization, error) {
	const op = "from dense"
	if rows < 1 || cols < 1 || len(w) != rows*cols {
		return nil, shapeError(op, "%d values for a %d×%d matrix", len(w), rows, cols)
	}
	if err := wantFinite(op, "W", w); err != nil {
		return nil, err
	}
	a := mat.NewDense(rows, cols, nil)
	largest := 0.0
	for i, v := range w {
		a.Set(i/cols, i%cols, float64(v))
		largest = max(largest, math.Abs(float64(v)))
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		return nil, failure(op, ErrNoConvergence, "the singular value decomposition of a %d×%d matrix with entries up to %g", rows, cols, largest)
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	f := &Factorization{Rows: rows, Cols: cols, U: reflectorsOf(&u), V: reflectorsOf(&v)}
	for _, s := range svd.Values(nil) {
		f.Sigma = append(f.Sigma, float32(s))
	}
	return f, wantResult(op, "sigma", f.Sigma)
}

// reflectorsOf returns the k reflectors (k × n) whose product Q has the k orthonormal columns of a (n × k) as its first columns: the
// Householder QR factorisation of a with a positive diagonal of R, which then is the identity. LAPACK's dgeqrf lets the diagonal
// be negative, and the sign would end up in σ.
//
// Reflector j maps x, column j of what is left, to +‖x‖e_0 with u = x − ‖x‖e_0; u_0 is computed as −‖x_rest‖²/(x_0 + ‖x‖) for x_0 > 0, so that
// nothing cancels (Golub & Van Loan, algorithm 5.1.1). A column that is there already has u = 0, H = I.
func reflectorsOf(a *mat.Dense) []float32 {
	n, k := a.Dims()
	out := make([]float32, k*n)
	u := make([]float64, n)
	for j := range k {
		x := u[j:]
		rest := 0.0
		for i := range x {
			x[i] = a.At(j+i, j)
			if i > 0 {
				rest += x[i] * x[i]
			}
		}
		norm := math.Sqrt(x[0]*x[0] + rest)
		if x[0] > 0 {
			x[0] = -rest / (x[0] + norm)
		} else {
			x[0] -= norm
		}
		length := math.Sqrt(x[0]*x[0] + rest)
		if length == 0 {
			continue
		}
		for i := range x {
			x[i] /= length
			out[j*n+j+i] = float32(x[i])
		}
		reflectColumns(a, x, j)
	}
	return out
}

// reflectColumns applies H(u), u of unit length, to rows j … of columns j … of a: A − 2u(Aᵀu)ᵀ.
func reflectColumns(a *mat.Dense, u []float64, j int) {
	n, k := a.Dims()
	part := a.Slice(j, n, j, k).(*mat.Dense).RawMatrix()
	x, dots := blas64.Vector{N: len(u), Inc: 1, Data: u}, blas64.Vector{N: k - j, Inc: 1, Data: make([]float64, k-j)}
	blas64.Gemv(blas.Trans, 1, part, x, 0, dots)
	blas64.Ger(-2, x, dots, part)
}

func formatFloat(x float32) string { return strconv.FormatFloat(float64(x), 'g', -1, 32) }
