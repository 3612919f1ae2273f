package hh

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Factorization is a weight W = Q(U) Σ Q(V)ᵀ (Rows × Cols) in host memory: what FromDense returns and what the slice-in slice-out methods
// work on. U is m₁ × Rows and V is m₂ × Cols, row-major without padding, reflector j in row j with its first j entries 0; Sigma has
// min(Rows, Cols) values.
type Factorization struct {
	Rows, Cols int
	U, V       []float32
	Sigma      Spectrum
}

// ReflectorsU returns m₁.
func (f *Factorization) ReflectorsU() int {
	if f == nil {
		return 0
	}
	return len(f.U) / max(f.Rows, 1)
}

// ReflectorsV returns m₂.
func (f *Factorization) ReflectorsV() int {
	if f == nil {
		return 0
	}
	return len(f.V) / max(f.Cols, 1)
}

// Check returns gpu.ErrShape for lengths that do not fit and ErrNotFinite for a NaN or an infinity.
func (f *Factorization) Check() error {
	const op = "factors"
	if f == nil {
		return shapeError(op, "there are none")
	}
	k := min(f.Rows, f.Cols)
	switch {
	case f.Rows < 1 || f.Cols < 1:
		return shapeError(op, "W is %d×%d; both sizes must be at least 1", f.Rows, f.Cols)
	case len(f.U)%f.Rows != 0 || len(f.U) > f.Rows*f.Rows:
		return shapeError(op, "U has %d values; want a multiple of %d rows, at most %d reflectors", len(f.U), f.Rows, f.Rows)
	case len(f.V)%f.Cols != 0 || len(f.V) > f.Cols*f.Cols:
		return shapeError(op, "V has %d values; want a multiple of %d columns, at most %d reflectors", len(f.V), f.Cols, f.Cols)
	case len(f.Sigma) != k:
		return shapeError(op, "%d singular values of a %d×%d matrix; want %d", len(f.Sigma), f.Rows, f.Cols, k)
	}
	for _, part := range []struct {
		name   string
		values []float32
	}{{"U", f.U}, {"V", f.V}, {"sigma", f.Sigma}} {
		if err := wantFinite(op, part.name, part.values); err != nil {
			return err
		}
	}
	return nil
}

func wantFinite(op, name string, values []float32) error {
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return failure(op, ErrNotFinite, "%s[%d] = %g", name, i, v)
		}
	}
	return nil
}

// Band is the map from free parameters s to singular values: σ* ± r by the sigmoid (gpu.SigmaBand) or σ* exp(s) (gpu.SigmaPositive).
type Band struct {
	Center, Radius float32
	Map            gpu.SigmaMap
	// Clamp lets Parameters move singular values that lie outside into the band.
	Clamp bool
}

// bandMargin is how far inside the band, as a share of its radius, a clamped σ lands: on the edge itself s would be infinite, and
// nearer to it the gradient all but vanishes.
const bandMargin = 1e-3

// Parameters returns the s that give the factors' σ under the band, and how far σ was outside: the largest |change|, 0 where nothing
// was clamped. A σ outside (for gpu.SigmaPositive: not positive) is ErrBand unless band.Clamp is set.
func (f *Factorization) Parameters(band Band) (s []float32, moved float64, err error) {
	const op = "parameters of sigma"
	if err := checkBand(op, band.Center, band.Radius, band.Map); err != nil {
		return nil, 0, err
	}
	if f == nil {
		return nil, 0, shapeError(op, "there are no factors")
	}
	if err := wantFinite(op, "sigma", f.Sigma); err != nil {
		return nil, 0, err
	}
	s = make([]float32, len(f.Sigma))
	for i, v := range f.Sigma {
		x, by, ok := band.inverse(float64(v))
		if !ok && !band.Clamp {
			return nil, 0, failure(op, ErrBand, "σ[%d] = %g is outside %s by %.3g; set Clamp to move it", i, v, band, by)
		}
		s[i], moved = float32(x), max(moved, by)
	}
	return s, moved, nil
}

// inverse returns s for σ = v, after moving v into the band by the returned amount; ok tells that it did not have to move.
func (b Band) inverse(v float64) (s, by float64, ok bool) {
	center, r := float64(b.Center), float64(b.Radius)
	if b.Map == gpu.SigmaPositive {
		if least := center * 1e-6; v < least {
			return math.Log(1e-6), least - v, v > 0
		}
		return math.Log(v / center), 0, true
	}
	d := v - center
	if r == 0 {
		return 0, math.Abs(d), d == 0
	}
	if limit := r * (1 - bandMargin); math.Abs(d) > limit {
		by = math.Abs(d) - limit
		ok = math.Abs(d) < r
		d = math.Copysign(limit, d)
		return math.Log((r + d) / (r - d)), by, ok
	}
	return math.Log((r + d) / (r - d)), 0, true
}

func (b Band) String() string {
	if b.Map == gpu.SigmaPositive {
		return "σ > 0"
	}
	return "σ in " + formatFloat(b.Center-b.Radius) + " … " + formatFloat(b.Center+b.Radius)
}

// Sigma returns the singular values of free parameters s, in float64 rounded to fp32; those of gpu.SigmaBand never leave the band.
func (b Band) Sigma(s []float32) Spectrum {
	center, r := float64(b.Center), float64(b.Radius)
	sigma := make(Spectrum, len(s))
	for i, v := range s {
		if b.Map == gpu.SigmaPositive {
			sigma[i] = float32(center * math.Exp(float64(v)))
			continue
		}
		sigma[i] = float32(center + 2*r*(1/(1+math.Exp(-float64(v)))-0.5))
		sigma[i] = min(max(sigma[i], b.Center-b.Radius), b.Center+b.Radius)
	}
	return sigma
}
