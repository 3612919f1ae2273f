package hh

import (
	"cmp"
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Spectrum is the diagonal of Σ in W = Q(U) Σ Q(V)ᵀ: the singular values, in no order, and negative where the caller's map allows it.
// What an SVD gives for nothing is computed from it in float64.
type Spectrum []float32

// ReadSpectrum reads σ (1 × k) from a device, after the operations that compute it have run. A σ that exceeds single precision is
// ErrNotFinite, beside the spectrum.
func ReadSpectrum(sigma gpu.View) (Spectrum, error) {
	s, err := gpu.ReadView(sigma)
	if err == nil {
		err = wantResult("spectrum", "sigma", s)
	}
	return Spectrum(s), err
}

// Norm returns the spectral norm ‖W‖₂ = max |σ|, and 0 for an empty spectrum.
func (s Spectrum) Norm() float64 {
	norm := 0.0
	for _, v := range s {
		norm = max(norm, math.Abs(float64(v)))
	}
	return norm
}

// Smallest returns min |σ| and its index, +Inf and −1 for an empty spectrum.
func (s Spectrum) Smallest() (value float64, index int) {
	value, index = math.Inf(1), -1
	for i, v := range s {
		if a := math.Abs(float64(v)); a < value {
			value, index = a, i
		}
	}
	return value, index
}

// Condition returns the condition number max |σ| / min |σ|: 1 for an empty spectrum, +Inf for a singular matrix.
func (s Spectrum) Condition() float64 {
	if len(s) == 0 {
		return 1
	}
	least, _ := s.Smallest()
	if least == 0 {
		return math.Inf(1)
	}
	return s.Norm() / least
}

// LogAbsDet returns log|det W| = Σ log |σ| of a square W, −Inf where it is singular. Its gradient with respect to σ is 1/σ.
func (s Spectrum) LogAbsDet() float64 {
	sum := 0.0
	for _, v := range s {
		sum += math.Log(math.Abs(float64(v)))
	}
	return sum
}

// Frobenius returns ‖W‖_F = √Σσ².
func (s Spectrum) Frobenius() float64 {
	sum := 0.0
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// Nuclear returns the nuclear norm Σ|σ|.
func (s Spectrum) Nuclear() float64 {
	sum := 0.0
	for _, v := range s {
		sum += math.Abs(float64(v))
	}
	return sum
}

// PowerBound returns (max |σ|)ᵏ, the bound of ‖Wᵏ‖₂ that governs gradients over k time steps.
func (s Spectrum) PowerBound(k int) float64 { return math.Pow(s.Norm(), float64(k)) }

// Truncate returns the spectrum of the matrix of rank at most k nearest to W (Eckart & Young 1936): the k largest |σ|, zero
// elsewhere; of equal ones the first stay.
func (s Spectrum) Truncate(k int) Spectrum {
	order := make([]int, len(s))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Compare(math.Abs(float64(s[j])), math.Abs(float64(s[i])))
	})
	out := make(Spectrum, len(s))
	for _, i := range order[:min(max(k, 0), len(s))] {
		out[i] = s[i]
	}
	return out
}

// Invertible returns ErrSingular, naming the index and the value, where the smallest |σ| is not above rcond · max |σ|, or is not
// a number at all. With rcond = 0 only an exact zero is singular.
func (s Spectrum) Invertible(rcond float64) error {
	for i, v := range s {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return failure("spectrum", ErrNotFinite, "σ[%d] = %g", i, v)
		}
	}
	if math.IsNaN(rcond) {
		return failure("spectrum", ErrNotFinite, "rcond is NaN; want a share of the largest singular value, or 0")
	}
	least, at := s.Smallest()
	if limit := rcond * s.Norm(); at >= 0 && !(least > limit) {
		return failure("spectrum", ErrSingular, "σ[%d] = %g is not above %g; the largest is %g", at, s[at], limit, s.Norm())
	}
	return nil
}

// LogAbsDet returns the operations that compute log|det W| of a square weight and, unless ds is the zero View, its gradient with
// respect to s times scale (1 × n):
//
//	out = Σ log|σ| (1 × 1),   ds_i = scale · (1/σ_i) · dσ_i/ds_i
//
// They run after Materialise. scratch is 1 × n and may be ds where that is given.
func (s *SVD) LogAbsDet(out, ds, scratch gpu.View, scale float32) ([]gpu.Op, error) {
	const op = "log abs det"
	k := s.cfg.Rank()
	if s.cfg.Rows != s.cfg.Cols {
		return nil, shapeError(op, "W is %d×%d; a determinant needs a square matrix", s.cfg.Rows, s.cfg.Cols)
	}
	if err := wantView(op, "out", out, 1, 1); err != nil {
		return nil, err
	}
	if err := wantView(op, "scratch", scratch, 1, k); err != nil {
		return nil, err
	}
	ops := []gpu.Op{
		gpu.Map{Y: scratch, X: s.sigma, F: gpu.Abs},
		gpu.Map{Y: scratch, X: scratch, F: gpu.Log},
		gpu.ColDot{Out: out, A: column(scratch), Alpha: 1},
	}
	if ds.IsZero() || s.params.S.IsZero() {
		return ops, nil
	}
	if err := wantView(op, "dS", ds, 1, k); err != nil {
		return nil, err
	}
	return append(ops,
		gpu.Map{Y: s.dsigma, X: s.sigma, F: gpu.Reciprocal},
		gpu.Scale{Y: s.dsigma, X: s.dsigma, Alpha: scale},
		s.sigmaBackward(ds, s.dsigma, gpu.View{}, gpu.View{}, 0)), nil
}
