package hh

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// InitReflectors fills u (m × n contiguous, m ≤ n) with reflectors as Zhang, Lei & Dhillon (2018) start training: independent
// N(0, 0.01²) entries, structural zeros, then unit length. Their directions are uniform; their product is not: see HaarReflectors.
func InitReflectors(u []float32, m, n int, src *philox.Source) error {
	const op = "init reflectors"
	if err := firstOf(wantReflectors(op, u, m, n), wantSource(op, src)); err != nil {
		return err
	}
	for j := range m {
		row := u[j*n : (j+1)*n]
		clear(row[:j])
		unitNormal(row[j:], src)
	}
	return nil
}

// unitNormal fills x with a direction uniform on the sphere.
func unitNormal(x []float32, src *philox.Source) {
	for {
		sum := 0.0
		for i := range x {
			x[i] = float32(0.01 * src.Normal())
			sum += float64(x[i]) * float64(x[i])
		}
		if sum > 0 {
			for i := range x {
				x[i] = float32(float64(x[i]) / math.Sqrt(sum))
			}
			return
		}
	}
}

// HaarReflectors fills u (n × n contiguous) so that Q D, with D = diag of the returned signs, is distributed uniformly (by Haar's
// measure) over all orthogonal matrices (Stewart 1980; Mezzadri 2007): reflector j maps a uniform direction of the last n−j
// coordinates to ∓ the first of them. With σ the signs go where the caller wants them: a weight Q(U) Σ Q(V)ᵀ absorbs them in Σ only if
// σ may be negative, so take pairs of Haar factors and drop the signs where only the singular vectors up to sign matter.
func HaarReflectors(u []float32, n int, src *philox.Source) (signs []float32, err error) {
	const op = "haar reflectors"
	if err := firstOf(wantReflectors(op, u, n, n), wantSource(op, src)); err != nil {
		return nil, err
	}
	signs = make([]float32, n)
	for j := range n {
		row := u[j*n : (j+1)*n]
		clear(row[:j])
		x := row[j:]
		unitNormal(x, src)
		signs[j] = -1
		if x[0] < 0 {
			signs[j] = 1
		}
		// u = x + sign(x_0) e_0 maps x to −sign(x_0) e_0 without cancellation.
		x[0] -= signs[j]
		scaleToUnit(x)
	}
	return signs, nil
}

// IdentityReflectors fills u (m × n contiguous) with zero reflectors, so that Q = I. Zero is where the parametrisation is not
// smooth and the gradient is defined as 0: training does not move away from it. To start near the identity and train, use
// NearIdentityReflectors.
func IdentityReflectors(u []float32, m, n int) error {
	if err := wantReflectors("identity reflectors", u, m, n); err != nil {
		return err
	}
	clear(u)
	return nil
}

// NearIdentityReflectors fills u (m × n contiguous, m even, or m = n) so that ‖Q − I‖₂ is at most about eps·m and every reflector can
// be trained: reflectors 2i and 2i+1 are one direction and the same direction turned by at most eps/2, so that each pair is a
// rotation by at most eps. The two share the structural zeros of the second. The last reflector of an odd m is zero and does not train.
func NearIdentityReflectors(u []float32, m, n int, eps float64, src *philox.Source) error {
	const op = "near-identity reflectors"
	if err := firstOf(wantReflectors(op, u, m, n), wantSource(op, src)); err != nil {
		return err
	}
	if !(eps >= 0 && eps < 1) {
		return failure(op, ErrNotFinite, "eps = %g; want 0 … 1", eps)
	}
	clear(u)
	noise := make([]float32, n)
	for j := 0; j+1 < m; j += 2 {
		a, b := u[j*n:(j+1)*n], u[(j+1)*n:(j+2)*n]
		unitNormal(a[j+1:], src)
		unitNormal(noise[j+1:], src)
		for i := j + 1; i < n; i++ {
			b[i] = float32(float64(a[i]) + eps/2*float64(noise[i]))
		}
		scaleToUnit(b)
	}
	return nil
}

func scaleToUnit(x []float32) {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	if sum == 0 {
		return
	}
	for i := range x {
		x[i] = float32(float64(x[i]) / math.Sqrt(sum))
	}
}

func wantSource(op string, src *philox.Source) error {
	if src == nil {
		return shapeError(op, "there is no source of random numbers; want a philox.New(seed, stream)")
	}
	return nil
}

func wantReflectors(op string, u []float32, m, n int) error {
	switch {
	case m < 0 || n < 1 || m > n:
		return shapeError(op, "%d reflectors of length %d; want 0 … %d of them", m, n, max(n, 0))
	case len(u) != m*n:
		return shapeError(op, "%d values for %d reflectors of length %d, want %d", len(u), m, n, m*n)
	}
	return nil
}
