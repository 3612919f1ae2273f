package oracle

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Reflector returns the dense n×n Householder matrix of u (length n),
//
//	H(u) = I − 2 u uᵀ / ‖u‖²,
//
// and the identity where ‖u‖² is zero.
func Reflector(u []float64) Matrix {
	h := Identity(len(u))
	uu := floats.Dot(u, u)
	if uu == 0 {
		return h
	}
	for i := range u {
		for j := range u {
			h.Data[i*h.Cols+j] -= 2 * u[i] * u[j] / uu
		}
	}
	return h
}

// Mask returns the m×n reflectors U with the structural zeros written: entry
// (j, i) is zero for i < j. Every function of this package masks what it is
// given.
func Mask(U Matrix) Matrix {
	if U.Rows > U.Cols {
		panic(fmt.Sprintf("oracle: %d reflectors of length %d: at most %d", U.Rows, U.Cols, U.Cols))
	}
	U = U.Clone()
	for j := range U.Rows {
		clear(U.Row(j)[:j])
	}
	return U
}

// Normalise returns the m×n reflectors masked and scaled to unit length; a zero
// reflector stays zero. Q is the same before and after.
func Normalise(U Matrix) Matrix {
	U = Mask(U)
	for j := range U.Rows {
		if norm := floats.Norm(U.Row(j), 2); norm > 0 {
			floats.Scale(1/norm, U.Row(j))
		}
	}
	return U
}

// Q returns the dense n×n product H_0 H_1 … H_{m−1} of the m×n reflectors U,
// from the left: Q ← Q H_j = Q − 2 (Q u_j) u_jᵀ/‖u_j‖², beginning with I.
func Q(U Matrix) Matrix {
	U = Mask(U)
	q := Identity(U.Cols)
	for j := range U.Rows {
		for i := range q.Rows {
			reflect(U.Row(j)[j:], q.Row(i)[j:]) // H_j leaves the first j coordinates alone
		}
	}
	return q
}

// reflect replaces x by H(u) x, and by x where ‖u‖² is zero.
func reflect(u, x []float64) {
	uu := floats.Dot(u, u)
	if uu == 0 {
		return
	}
	floats.AddScaled(x, -2*floats.Dot(u, x)/uu, u)
}

// Apply returns Y (B×n) with row y = Q x for every row x of X (B×n): Y = X Qᵀ,
// by the dense Q.
func Apply(U, X Matrix) Matrix { return Mul(X, Q(U).T()) }

// ApplyTransposed returns Y (B×n) with row y = Qᵀ x for every row x of X (B×n):
// Y = X Q, by the dense Q.
func ApplyTransposed(U, X Matrix) Matrix { return Mul(X, Q(U)) }

// ScaleReflectors returns the m×n reflectors masked, each multiplied by a power
// of two that brings its largest entry into [1, 2), as far as the powers from
// 2⁻¹²⁶ to 2¹²⁷ reach, and the powers, 1 for a zero reflector. Q is the same
// before and after; a gradient with respect to U is that with respect to the
// result times the powers.
func ScaleReflectors(U Matrix) (Matrix, []float64) {
	U = Mask(U)
	powers := make([]float64, U.Rows)
	for j := range powers {
		powers[j] = 1
		if largest := floats.Norm(U.Row(j), math.Inf(1)); largest > 0 {
			powers[j] = math.Ldexp(1, min(max(-math.Ilogb(largest), -126), 127))
		}
		floats.Scale(powers[j], U.Row(j))
	}
	return U, powers
}
