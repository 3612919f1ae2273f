package oracle

import "gonum.org/v1/gonum/floats"

// GemmOptions are the parts of [Gemm] beyond the product. The zero value of
// every field but Alpha means "not there".
type GemmOptions struct {
	TransposeA, TransposeB bool
	Alpha, Beta            float64
	ColumnScale            []float64 // length n, or nil for ones
	Bias                   []float64 // length n, or nil for zeros
	Activation             Activation
}

// Gemm returns the M×N matrix
//
//	φ(alpha · op(A) op(B) diag(ColumnScale) + beta · C + 1 Biasᵀ),
//
// op(A) M×K, op(B) K×N, by the definition: one sum over k after the other. C is
// not read where beta is zero (it may be empty or hold NaN).
func Gemm(o GemmOptions, A, B, C Matrix) Matrix {
	if o.TransposeA {
		A = A.T()
	}
	if !o.TransposeB {
		B = B.T() // so that both sums run along rows
	}
	M, N := A.Rows, B.Rows
	mustShape("Gemm: B", B, N, A.Cols)
	D := Zeros(M, N)
	for i := range M {
		for j := range N {
			v := o.Alpha * floats.Dot(A.Row(i), B.Row(j))
			if o.ColumnScale != nil {
				v *= o.ColumnScale[j]
			}
			if o.Beta != 0 {
				v += o.Beta * C.At(i, j)
			}
			if o.Bias != nil {
				v += o.Bias[j]
			}
			D.Set(i, j, o.Activation.At(j).Value(v))
		}
	}
	return D
}

// ColumnSums returns the sum of every column of A (rows × n), length n: the
// gradient of a bias.
func ColumnSums(A Matrix) []float64 {
	sums := make([]float64, A.Cols)
	for i := range A.Rows {
		floats.Add(sums, A.Row(i))
	}
	return sums
}

// ColumnDots returns Σ_i A_ij B_ij for every column j of A and B (rows × n).
func ColumnDots(A, B Matrix) []float64 {
	mustShape("ColumnDots", B, A.Rows, A.Cols)
	sums := make([]float64, A.Cols)
	for i := range A.Rows {
		for j := range A.Cols {
			sums[j] += A.At(i, j) * B.At(i, j)
		}
	}
	return sums
}
