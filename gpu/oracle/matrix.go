package oracle

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Matrix is a dense Rows × Cols matrix, row-major without padding: entry (i, j)
// is Data[i*Cols+j]. Unlike mat.Dense it may have no rows or no columns, which
// is what zero reflectors are.
type Matrix struct {
	Rows, Cols int
	Data       []float64
}

// Zeros returns a rows × cols matrix of zeros.
func Zeros(rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, Data: make([]float64, rows*cols)}
}

// New returns a rows × cols matrix over data, row-major; data is not copied.
func New(rows, cols int, data []float64) Matrix {
	if len(data) != rows*cols {
		panic(fmt.Sprintf("oracle: New: %d values for a %d×%d matrix", len(data), rows, cols))
	}
	return Matrix{Rows: rows, Cols: cols, Data: data}
}

// Identity returns the n×n identity.
func Identity(n int) Matrix {
	a := Zeros(n, n)
	for i := range n {
		a.Set(i, i, 1)
	}
	return a
}

// FromFloat32 reads a rows × cols matrix whose row i starts at data[i*stride].
func FromFloat32(data []float32, rows, cols, stride int) Matrix {
	a := Zeros(rows, cols)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, float64(data[i*stride+j]))
		}
	}
	return a
}

// FromFloat32Vector widens a vector.
func FromFloat32Vector(data []float32) []float64 {
	x := make([]float64, len(data))
	for i, v := range data {
		x[i] = float64(v)
	}
	return x
}

// Float32 rounds a into dst, row i at dst[i*stride]. Entries of dst between a
// row's end and the next row's start are left as they are.
func (a Matrix) Float32(dst []float32, stride int) {
	for i := range a.Rows {
		for j := range a.Cols {
			dst[i*stride+j] = float32(a.At(i, j))
		}
	}
}

// At returns entry (i, j).
func (a Matrix) At(i, j int) float64 { return a.Data[i*a.Cols+j] }

// Set stores v in entry (i, j).
func (a Matrix) Set(i, j int, v float64) { a.Data[i*a.Cols+j] = v }

// Row returns row i, sharing memory with a.
func (a Matrix) Row(i int) []float64 { return a.Data[i*a.Cols : (i+1)*a.Cols] }

// Slice returns rows i to k−1, sharing memory with a.
func (a Matrix) Slice(i, k int) Matrix {
	return Matrix{Rows: k - i, Cols: a.Cols, Data: a.Data[i*a.Cols : k*a.Cols]}
}

// Clone returns a copy of a.
func (a Matrix) Clone() Matrix {
	b := Zeros(a.Rows, a.Cols)
	copy(b.Data, a.Data)
	return b
}

// T returns the transpose of a as a new matrix.
func (a Matrix) T() Matrix {
	b := Zeros(a.Cols, a.Rows)
	for i := range a.Rows {
		for j := range a.Cols {
			b.Set(j, i, a.At(i, j))
		}
	}
	return b
}

// Mul returns the product of its arguments from left to right.
func Mul(a Matrix, rest ...Matrix) Matrix {
	for _, b := range rest {
		a = mul(a, b)
	}
	return a
}

func mul(a, b Matrix) Matrix {
	if a.Cols != b.Rows {
		panic(fmt.Sprintf("oracle: Mul: %d×%d times %d×%d", a.Rows, a.Cols, b.Rows, b.Cols))
	}
	c := Zeros(a.Rows, b.Cols)
	if a.Rows == 0 || a.Cols == 0 || b.Cols == 0 {
		return c
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, general(a), general(b), 0, general(c))
	return c
}

// Add returns a + b.
func Add(a, b Matrix) Matrix { return AddScaled(a, 1, b) }

// Sub returns a − b.
func Sub(a, b Matrix) Matrix { return AddScaled(a, -1, b) }

// AddScaled returns a + alpha·b.
func AddScaled(a Matrix, alpha float64, b Matrix) Matrix {
	mustShape("AddScaled", b, a.Rows, a.Cols)
	c := a.Clone()
	floats.AddScaled(c.Data, alpha, b.Data)
	return c
}

// Dot returns Σ a_ij b_ij.
func Dot(a, b Matrix) float64 {
	mustShape("Dot", b, a.Rows, a.Cols)
	return floats.Dot(a.Data, b.Data)
}

// MaxAbs returns the largest |a_ij|, and 0 for an empty matrix.
func (a Matrix) MaxAbs() float64 {
	if len(a.Data) == 0 {
		return 0
	}
	return floats.Norm(a.Data, inf)
}

// dense returns a view of a non-empty a for gonum.
func dense(a Matrix) *mat.Dense { return mat.NewDense(a.Rows, a.Cols, a.Data) }

// fromDense copies d.
func fromDense(d *mat.Dense) Matrix {
	r, c := d.Dims()
	a := Zeros(r, c)
	for i := range r {
		mat.Row(a.Row(i), i, d)
	}
	return a
}

func general(a Matrix) blas64.General {
	return blas64.General{Rows: a.Rows, Cols: a.Cols, Stride: a.Cols, Data: a.Data}
}

func mustShape(what string, a Matrix, rows, cols int) {
	if a.Rows != rows || a.Cols != cols {
		panic(fmt.Sprintf("oracle: %s: got a %d×%d matrix, want %d×%d", what, a.Rows, a.Cols, rows, cols))
	}
}

func mustLen(what string, x []float64, n int) {
	if len(x) != n {
		panic(fmt.Sprintf("oracle: %s: got %d values, want %d", what, len(x), n))
	}
}
