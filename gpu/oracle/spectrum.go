package oracle

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// thinSVD returns W = U diag(σ) Vᵀ with U p×k, σ descending of length k =
// min(p, q) and V q×k, by LAPACK's algorithm.
func thinSVD(W Matrix) (U Matrix, sigma []float64, V Matrix, err error) {
	k := min(W.Rows, W.Cols)
	if k == 0 {
		return Zeros(W.Rows, 0), nil, Zeros(W.Cols, 0), nil
	}
	var svd mat.SVD
	if !svd.Factorize(dense(W), mat.SVDThin) {
		return Matrix{}, nil, Matrix{}, fmt.Errorf("oracle: the SVD of a %d×%d matrix did not converge", W.Rows, W.Cols)
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	return fromDense(&u), svd.Values(nil), fromDense(&v), nil
}

// SingularValues returns the min(p, q) singular values of W (p×q), descending.
func SingularValues(W Matrix) ([]float64, error) {
	_, sigma, _, err := thinSVD(W)
	return sigma, err
}

// SpectralNorm returns max σ, and 0 for an empty matrix.
func SpectralNorm(W Matrix) (float64, error) {
	sigma, err := SingularValues(W)
	if err != nil || len(sigma) == 0 {
		return 0, err
	}
	return sigma[0], nil
}

// ConditionNumber returns max σ / min σ, +Inf for a matrix of deficient rank,
// and 1 for an empty one.
func ConditionNumber(W Matrix) (float64, error) {
	sigma, err := SingularValues(W)
	if err != nil || len(sigma) == 0 {
		return 1, err
	}
	if sigma[len(sigma)-1] == 0 {
		return math.Inf(1), nil
	}
	return sigma[0] / sigma[len(sigma)-1], nil
}

// Nuclear returns the nuclear norm Σ σ_i.
func Nuclear(W Matrix) (float64, error) {
	sigma, err := SingularValues(W)
	return floats.Sum(sigma), err
}

// Frobenius returns √Σ w_ij².
func Frobenius(W Matrix) float64 { return floats.Norm(W.Data, 2) }

// Truncate returns the p×q matrix of rank at most k that is nearest to W in the
// spectral and the Frobenius norm: W with all but its k largest singular values
// set to zero (Eckart–Young).
func Truncate(W Matrix, k int) (Matrix, error) {
	U, sigma, V, err := thinSVD(W)
	if err != nil {
		return Matrix{}, err
	}
	for i := k; i < len(sigma); i++ {
		sigma[i] = 0
	}
	return Mul(U, Diagonal(sigma, len(sigma), len(sigma)), V.T()), nil
}

// Inverse returns W⁻¹ of a square matrix by LU with partial pivoting. A singular
// matrix is an error; a badly conditioned one is not.
func Inverse(W Matrix) (Matrix, error) {
	mustShape("Inverse", W, W.Rows, W.Rows)
	if W.Rows == 0 {
		return W.Clone(), nil
	}
	var lu mat.LU
	lu.Factorize(dense(W))
	if logdet, _ := lu.LogDet(); math.IsInf(logdet, -1) {
		return Matrix{}, fmt.Errorf("oracle: Inverse: the %d×%d matrix is singular", W.Rows, W.Cols)
	}
	inv := Identity(W.Rows)
	err := lu.SolveTo(dense(inv), false, dense(Identity(W.Rows)))
	if _, ill := err.(mat.Condition); err != nil && !ill {
		return Matrix{}, fmt.Errorf("oracle: Inverse: %w", err)
	}
	return inv, nil
}

// InverseGradient returns the gradient of L = ⟨G, W⁻¹⟩ with respect to W (n×n):
// dW = −W⁻ᵀ G W⁻ᵀ. For Y = X W⁻ᵀ (every row x → W⁻¹x) take G = dYᵀ X.
func InverseGradient(W, G Matrix) (Matrix, error) {
	inv, err := Inverse(W)
	if err != nil {
		return Matrix{}, err
	}
	t := inv.T()
	return AddScaled(Zeros(W.Rows, W.Cols), -1, Mul(t, G, t)), nil
}

// PseudoInverse returns the q×p Moore–Penrose inverse V Σ⁺ Uᵀ of W (p×q);
// singular values of at most rcond · max σ count as zero.
func PseudoInverse(W Matrix, rcond float64) (Matrix, error) {
	U, sigma, V, err := thinSVD(W)
	if err != nil {
		return Matrix{}, err
	}
	inv := make([]float64, len(sigma))
	for i, v := range sigma {
		if v > rcond*sigma[0] {
			inv[i] = 1 / v
		}
	}
	return Mul(V, Diagonal(inv, len(inv), len(inv)), U.T()), nil
}

// LogAbsDet returns log|det W| and the sign of det W of a square matrix by LU.
// A singular matrix gives −Inf and 0, an empty one 0 and 1.
func LogAbsDet(W Matrix) (logAbs, sign float64) {
	mustShape("LogAbsDet", W, W.Rows, W.Rows)
	if W.Rows == 0 {
		return 0, 1
	}
	var lu mat.LU
	lu.Factorize(dense(W))
	logAbs, sign = lu.LogDet()
	if math.IsInf(logAbs, -1) {
		sign = 0
	}
	return logAbs, sign
}

// LogAbsDetGradient returns the gradient W⁻ᵀ of log|det W|.
func LogAbsDetGradient(W Matrix) (Matrix, error) {
	inv, err := Inverse(W)
	if err != nil {
		return Matrix{}, err
	}
	return inv.T(), nil
}

// Power returns W^k of a square matrix by k−1 products; W⁰ = I, and a negative k
// takes powers of the inverse.
func Power(W Matrix, k int) (Matrix, error) {
	mustShape("Power", W, W.Rows, W.Rows)
	if k < 0 {
		inv, err := Inverse(W)
		if err != nil {
			return Matrix{}, err
		}
		return Power(inv, -k)
	}
	p := Identity(W.Rows)
	for range k {
		p = Mul(p, W)
	}
	return p, nil
}

// OrthogonalityDefect returns ‖QᵀQ − I‖_F/√n of Q (p×n), and 0 for n = 0.
func OrthogonalityDefect(Q Matrix) float64 {
	n := Q.Cols
	if n == 0 {
		return 0
	}
	return Frobenius(Sub(Mul(Q.T(), Q), Identity(n))) / math.Sqrt(float64(n))
}
