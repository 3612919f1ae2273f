package hh_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"pgregory.net/rapid"
)

func floats32(a oracle.Matrix) []float32 {
	f := make([]float32, len(a.Data))
	a.Float32(f, a.Cols)
	return f
}

// dense returns W of factors by the oracle.
func dense(f *hh.Factorization) oracle.Matrix {
	U := oracle.FromFloat32(f.U, f.ReflectorsU(), f.Rows, f.Rows)
	V := oracle.FromFloat32(f.V, f.ReflectorsV(), f.Cols, f.Cols)
	return oracle.W(U, V, oracle.FromFloat32Vector(f.Sigma))
}

func TestFromDense(t *testing.T) {
	rankOne := oracle.Mul(random("a", 6, 1), random("b", 1, 6))
	reflection := oracle.Reflector(random("r", 1, 7).Data)
	for name, w := range map[string]oracle.Matrix{
		"1x1": random("w", 1, 1), "negative": oracle.New(1, 1, []float64{-2}), "2x2": random("w", 2, 2), "square": random("w", 33, 33),
		"wide": random("w", 5, 12), "tall": random("w", 12, 5), "row": random("w", 1, 9), "column": random("w", 9, 1), "zero": oracle.Zeros(4, 3),
		"identity": oracle.Identity(5), "minus identity": oracle.AddScaled(oracle.Zeros(3, 3), -1, oracle.Identity(3)), "rank one": rankOne,
		"determinant −1": reflection, "200": random("w", 200, 128), "tiny": oracle.AddScaled(oracle.Zeros(6, 6), 1e-20, random("w", 6, 6)),
		"huge": oracle.AddScaled(oracle.Zeros(6, 6), 1e20, random("w", 6, 6)),
	} {
		t.Run(name, func(t *testing.T) {
			w = oracle.FromFloat32(floats32(w), w.Rows, w.Cols, w.Cols)
			f, err := hh.FromDense(floats32(w), w.Rows, w.Cols)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Check(); err != nil {
				t.Fatal(err)
			}
			if rel := oracle.Frobenius(oracle.Sub(dense(f), w)); rel > 1e-6*oracle.Frobenius(w) {
				t.Errorf("W is off by %.2g of its norm", rel/oracle.Frobenius(w))
			}
			for i, s := range f.Sigma {
				if s < 0 || i > 0 && s > f.Sigma[i-1] {
					t.Errorf("σ = %v is not positive and descending", f.Sigma)
				}
			}
		})
	}
}

func TestFromDenseRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		w    []float32
		p, q int
		want error
	}{
		"NaN": {[]float32{1, nan}, 1, 2, hh.ErrNotFinite}, "infinity": {[]float32{float32(math.Inf(-1))}, 1, 1, hh.ErrNotFinite},
		"length": {[]float32{1, 2, 3}, 2, 2, gpu.ErrShape}, "no rows": {nil, 0, 3, gpu.ErrShape}, "negative": {nil, -1, -1, gpu.ErrShape},
	} {
		if _, err := hh.FromDense(c.w, c.p, c.q); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
}

func TestParameters(t *testing.T) {
	f := &hh.Factorization{Rows: 3, Cols: 3, Sigma: hh.Spectrum{1.05, 0.97, 1}}
	s, moved, err := f.Parameters(hh.Band{Center: 1, Radius: 0.1})
	if err != nil || moved != 0 {
		t.Fatalf("moved %g, error %v", moved, err)
	}
	near(t, "σ", rowVector(oracle.Sigma(oracle.FromFloat32Vector(s), 1, 0.1)), rowVector([]float64{1.05, 0.97, 1}), 1e-6)

	f.Sigma = hh.Spectrum{1.5, 0.97, 0}
	if _, _, err := f.Parameters(hh.Band{Center: 1, Radius: 0.1}); !errors.Is(err, hh.ErrBand) {
		t.Errorf("σ outside the band: %v", err)
	}
	s, moved, err = f.Parameters(hh.Band{Center: 1, Radius: 0.1, Clamp: true})
	if err != nil || math.Abs(moved-0.9) > 1e-3 {
		t.Errorf("moved by %g, error %v, want 0.9", moved, err)
	}
	near(t, "clamped σ", rowVector(oracle.Sigma(oracle.FromFloat32Vector(s), 1, 0.1)), rowVector([]float64{1.1, 0.97, 0.9}), 2e-4)

	positive := hh.Band{Center: 2, Map: gpu.SigmaPositive}
	if _, _, err := f.Parameters(positive); !errors.Is(err, hh.ErrBand) {
		t.Errorf("σ = 0 under the positive map: %v", err)
	}
	f.Sigma[2] = 4
	s, _, err = f.Parameters(positive)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "positive σ", rowVector(oracle.SigmaExp(oracle.FromFloat32Vector(s), 2)), rowVector([]float64{1.5, 0.97, 4}), 1e-6)
	for _, b := range []hh.Band{{Center: 1, Radius: 1}, {Center: 1, Radius: 2}, {Center: 1, Radius: -1}, {Map: gpu.SigmaPositive}, {Center: float32(math.NaN())}} {
		if _, _, err := f.Parameters(b); !errors.Is(err, hh.ErrBand) {
			t.Errorf("band %+v: error %v", b, err)
		}
	}
}

// TestSlices holds the slice form against dense matrices, for random shapes and factors.
func TestSlices(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, s := range [][3]int{{1, 1, 1}, {4, 4, 2}, {5, 9, 3}, {9, 5, 1}, {32, 32, 7}} {
			p, q, B := s[0], s[1], s[2]
			t.Run(fmt.Sprintf("%dx%d", p, q), func(t *testing.T) {
				f, err := hh.FromDense(floats32(random("w", p, q)), p, q)
				if err != nil {
					t.Fatal(err)
				}
				for i := range f.Sigma {
					f.Sigma[i] += 0.5 // away from singular
				}
				checkSlices(t, dev, f, B)
			})
		}
	})
}

func checkSlices(t *testing.T, dev *gpu.Device, f *hh.Factorization, B int) {
	t.Helper()
	const tol = 2e-5
	W, X, Z := dense(f), random("X", B, f.Cols), random("Z", B, f.Rows)
	matrix := func(v []float32, err error) oracle.Matrix {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return oracle.FromFloat32(v, B, len(v)/B, len(v)/B)
	}
	pinv, err := oracle.PseudoInverse(W, 1e-9)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Apply", matrix(f.Apply(dev, floats32(X))), oracle.Mul(X, W.T()), tol)
	near(t, "ApplyTransposed", matrix(f.ApplyTransposed(dev, floats32(Z))), oracle.Mul(Z, W), tol)
	near(t, "PseudoInverse", matrix(f.PseudoInverse(dev, floats32(Z), 1e-6)), oracle.Mul(Z, pinv.T()), tol)
	w, err := f.Dense(dev)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Dense", oracle.FromFloat32(w, f.Rows, f.Cols, f.Cols), W, tol)
	if want, err := oracle.Truncate(W, 2); err == nil {
		near(t, "Truncate", dense(f.Truncate(2)), want, tol)
	}
	g, err := f.ApplyGradient(dev, floats32(X), floats32(Z))
	if err != nil {
		t.Fatal(err)
	}
	U, V := oracle.FromFloat32(f.U, f.ReflectorsU(), f.Rows, f.Rows), oracle.FromFloat32(f.V, f.ReflectorsV(), f.Cols, f.Cols)
	dU, dV, ds := oracle.WGradient(U, V, oracle.FromFloat32Vector(f.Sigma), oracle.Mul(Z.T(), X))
	near(t, "dX", matrix(g.X, nil), oracle.Mul(Z, W), tol)
	near(t, "dU", oracle.FromFloat32(g.U, U.Rows, U.Cols, U.Cols), dU, 4*tol)
	near(t, "dV", oracle.FromFloat32(g.V, V.Rows, V.Cols, V.Cols), dV, 4*tol)
	near(t, "dσ", rowVector(oracle.FromFloat32Vector(g.Sigma)), rowVector(ds), 4*tol)
	if f.Rows != f.Cols {
		if _, err := f.Solve(dev, floats32(Z), 0); !errors.Is(err, gpu.ErrShape) {
			t.Errorf("Solve of a rectangular matrix: %v", err)
		}
		return
	}
	near(t, "Solve", matrix(f.Solve(dev, floats32(Z), 0)), oracle.Mul(Z, pinv.T()), tol)
	P, _ := oracle.Power(W, 3)
	near(t, "Power", matrix(f.Power(dev, floats32(X), 3)), oracle.Mul(X, P.T()), tol)
	singular := *f
	singular.Sigma = append(hh.Spectrum(nil), f.Sigma...)
	singular.Sigma[len(f.Sigma)-1] = 0
	if _, err := singular.Solve(dev, floats32(Z), 0); !errors.Is(err, hh.ErrSingular) {
		t.Errorf("Solve with σ = 0: %v", err)
	}
}

// TestSpectrum holds every number that follows from σ against the dense matrix.
func TestSpectrum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		src := philox.New(rapid.Uint64().Draw(t, "seed"), 0)
		u, v := make([]float32, n*n), make([]float32, n*n)
		f := &hh.Factorization{Rows: n, Cols: n, U: u, V: v}
		if _, err := hh.HaarReflectors(u, n, src); err != nil {
			t.Fatal(err)
		}
		if _, err := hh.HaarReflectors(v, n, src); err != nil {
			t.Fatal(err)
		}
		for range n {
			f.Sigma = append(f.Sigma, float32(0.2+src.Float64()))
		}
		W := dense(f)
		agree := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("%s = %g, want %g", what, got, want)
			}
		}
		norm, _ := oracle.SpectralNorm(W)
		condition, _ := oracle.ConditionNumber(W)
		nuclear, _ := oracle.Nuclear(W)
		logdet, _ := oracle.LogAbsDet(W)
		agree("spectral norm", f.Sigma.Norm(), norm)
		agree("condition number", f.Sigma.Condition(), condition)
		agree("nuclear norm", f.Sigma.Nuclear(), nuclear)
		agree("Frobenius norm", f.Sigma.Frobenius(), oracle.Frobenius(W))
		agree("log|det|", f.Sigma.LogAbsDet(), logdet)
		agree("power bound", f.Sigma.PowerBound(3), norm*norm*norm)
	})
}

func TestSpectrumEdges(t *testing.T) {
	empty := hh.Spectrum{}
	if empty.Norm() != 0 || empty.Condition() != 1 || empty.LogAbsDet() != 0 || empty.Invertible(0) != nil {
		t.Error("the empty spectrum is that of the 0×0 identity")
	}
	zero := hh.Spectrum{2, 0}
	if !math.IsInf(zero.Condition(), 1) || !math.IsInf(zero.LogAbsDet(), -1) || !errors.Is(zero.Invertible(0), hh.ErrSingular) {
		t.Error("σ = 0 must be singular")
	}
	if err := (hh.Spectrum{1, 1e-9}).Invertible(1e-6); !errors.Is(err, hh.ErrSingular) {
		t.Errorf("rcond is not applied: %v", err)
	}
	if err := (hh.Spectrum{1, float32(math.NaN())}).Invertible(0); !errors.Is(err, hh.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if got := (hh.Spectrum{1, -3, 2}).Truncate(2); got[0] != 0 || got[1] != -3 || got[2] != 2 {
		t.Errorf("Truncate = %v", got)
	}
	if got := (hh.Spectrum{1, 2}).Truncate(9); got[0] != 1 || got[1] != 2 {
		t.Errorf("Truncate beyond the rank = %v", got)
	}
}

func FuzzFromDense(f *testing.F) {
	f.Add([]byte{0, 0, 128, 63}, 1)
	f.Add([]byte{0, 0, 192, 127, 0, 0, 0, 0}, 2)
	f.Add([]byte{255, 255, 127, 127, 1, 0, 0, 0, 0, 0, 0, 128, 0, 0, 128, 255}, 2)
	f.Fuzz(func(t *testing.T, data []byte, rows int) {
		var w []float32
		for len(data) >= 4 && len(w) < 64 {
			w = append(w, math.Float32frombits(uint32(data[0])|uint32(data[1])<<8|uint32(data[2])<<16|uint32(data[3])<<24))
			data = data[4:]
		}
		cols := 0
		if rows > 0 {
			cols = len(w) / rows
		}
		got, err := hh.FromDense(w, rows, cols)
		if err != nil {
			if !errors.Is(err, gpu.ErrShape) && !errors.Is(err, hh.ErrNotFinite) && !errors.Is(err, hh.ErrNoConvergence) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		W := oracle.FromFloat32(w, rows, cols, cols)
		// fp32 factors of numbers near the ends of the range lose what the format cannot hold.
		if norm := oracle.Frobenius(W); norm > 1e-30 && norm < 1e30 {
			if rel := oracle.Frobenius(oracle.Sub(dense(got), W)) / norm; !(rel < 1e-5) {
				t.Fatalf("W = %v is off by %g of its norm", w, rel)
			}
		}
	})
}
