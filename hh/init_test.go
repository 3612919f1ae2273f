package hh_test

import (
	"errors"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

func TestInitReflectors(t *testing.T) {
	for _, s := range [][2]int{{0, 3}, {1, 1}, {3, 3}, {5, 40}, {40, 40}} {
		m, n := s[0], s[1]
		u := make([]float32, m*n)
		if err := hh.InitReflectors(u, m, n, philox.New(1, 2)); err != nil {
			t.Fatal(err)
		}
		U := oracle.FromFloat32(u, m, n, n)
		near(t, "masked, normalised reflectors", U, oracle.Normalise(U), 1e-6)
		if m > 0 && U.MaxAbs() == 0 {
			t.Error("all reflectors are zero")
		}
	}
}

// TestHaar checks moments of Haar's measure: E q_ij = 0 and E q_ij² = 1/n, E tr(Q) = 0 and E tr(Q)² = 1 (Diaconis & Mallows).
func TestHaar(t *testing.T) {
	const n, draws = 4, 4000
	src := philox.New(3, 4)
	u := make([]float32, n*n)
	var trace, trace2, det float64
	square := oracle.Zeros(n, n)
	for range draws {
		signs, err := hh.HaarReflectors(u, n, src)
		if err != nil {
			t.Fatal(err)
		}
		Q := oracle.Mul(oracle.Q(oracle.FromFloat32(u, n, n, n)), oracle.Diagonal(oracle.FromFloat32Vector(signs), n, n))
		tr := 0.0
		for i := range n {
			tr += Q.At(i, i)
		}
		trace += tr / draws
		trace2 += tr * tr / draws
		for i, q := range Q.Data {
			square.Data[i] += q * q / draws
		}
		_, sign := oracle.LogAbsDet(Q)
		det += sign / draws
	}
	// Standard errors are about 1/√4000 = 0.016.
	if math.Abs(trace) > 0.08 || math.Abs(trace2-1) > 0.12 || math.Abs(det) > 0.08 {
		t.Errorf("mean of tr Q = %.3f (0), of (tr Q)² = %.3f (1), of det Q = %.3f (0)", trace, trace2, det)
	}
	for i, q := range square.Data {
		if math.Abs(q-1.0/n) > 0.02 {
			t.Errorf("mean of Q[%d]² = %.3f, want %.3f", i, q, 1.0/n)
		}
	}
}

func TestNearIdentity(t *testing.T) {
	for _, s := range [][2]int{{2, 2}, {4, 10}, {6, 7}, {7, 7}, {16, 128}} {
		m, n := s[0], s[1]
		u := make([]float32, m*n)
		const eps = 1e-3
		if err := hh.NearIdentityReflectors(u, m, n, eps, philox.New(5, 6)); err != nil {
			t.Fatal(err)
		}
		U := oracle.FromFloat32(u, m, n, n)
		norm, err := oracle.SpectralNorm(oracle.Sub(oracle.Q(U), oracle.Identity(n)))
		if err != nil {
			t.Fatal(err)
		}
		if norm > eps*float64(m) {
			t.Errorf("m = %d, n = %d: ‖Q − I‖ = %g, want at most %g", m, n, norm, eps*float64(m))
		}
		if n > 2 && norm == 0 {
			t.Errorf("m = %d, n = %d: Q is the identity itself", m, n)
		}
	}
	u := []float32{1, 2, 3, 4}
	if err := hh.IdentityReflectors(u, 2, 2); err != nil || u[3] != 0 {
		t.Errorf("identity reflectors %v, error %v", u, err)
	}
}

func TestInitRefuses(t *testing.T) {
	src := philox.New(1, 1)
	if err := hh.InitReflectors(make([]float32, 6), 3, 2, src); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("more reflectors than dimensions: %v", err)
	}
	if err := hh.InitReflectors(make([]float32, 5), 2, 3, src); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("wrong length: %v", err)
	}
	if err := hh.NearIdentityReflectors(make([]float32, 6), 2, 3, math.NaN(), src); !errors.Is(err, hh.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := hh.HaarReflectors(nil, 0, src); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("dimension 0: %v", err)
	}
}
