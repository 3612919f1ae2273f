//go:build netlib && cgo

package hh_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/netlib/blas/netlib"
)

// TestBLASAgree factors matrices with well separated singular values by gonum's own BLAS, as builds without the tag do, and by
// OpenBLAS. In float64, singular values and W itself agree within 1e-12 of the largest, and singular vectors to the gaps between the values,
// but for the sign that a pair of them has in common, which rounding decides. The factors of FromDense agree to what fp32 can tell.
func TestBLASAgree(t *testing.T) {
	if _, ok := blas64.Implementation().(netlib.Implementation); !ok || hh.BLAS != "netlib" {
		t.Fatalf("package hh put %T in use, BLAS is %q", blas64.Implementation(), hh.BLAS)
	}
	defer blas64.Use(netlib.Implementation{})
	for _, size := range [][2]int{{1, 1}, {2, 3}, {7, 7}, {33, 31}, {31, 64}, {129, 128}, {200, 200}} {
		p, q := size[0], size[1]
		t.Run(fmt.Sprintf("%dx%d", p, q), func(t *testing.T) {
			k := min(p, q)
			sigma := make([]float64, k)
			for i := range sigma {
				sigma[i] = 1 + float64(k-1-i)/float64(k)
			}
			w := oracle.W(random("u", k, p), random("v", k, q), sigma)
			w32 := floats32(w)
			var got [2]struct {
				factors *hh.Factorization
				parts   []oracle.Matrix
			}
			for i, use := range []blas.Float64{gonum.Implementation{}, netlib.Implementation{}} {
				blas64.Use(use)
				var err error
				if got[i].factors, err = hh.FromDense(w32, p, q); err != nil {
					t.Fatal(err)
				}
				got[i].parts = svdParts(t, w)
			}
			vectors := 1e-13 * float64(2*k) // rounding errors over ‖W‖₂/gap
			for i, part := range []struct {
				name string
				tol  float64
			}{{"σ", 1e-12}, {"U", vectors}, {"V", vectors}, {"UΣVᵀ", 1e-12}} {
				if d := largest(oracle.Sub(got[0].parts[i], got[1].parts[i])); !(d <= part.tol*largest(got[0].parts[i])) {
					t.Errorf("%s: differs by %.2g", part.name, d)
				}
			}
			for i, s := range got[0].factors.Sigma {
				if d := math.Abs(float64(s - got[1].factors.Sigma[i])); !(d <= 0x1p-23*float64(s)) {
					t.Errorf("FromDense: σ[%d] is %g and %g", i, s, got[1].factors.Sigma[i])
				}
			}
			a, b := dense(got[0].factors), dense(got[1].factors)
			if d := largest(oracle.Sub(a, b)); !(d <= 1e-6*largest(a)) {
				t.Errorf("FromDense: the matrices of the factors differ by %.2g", d)
			}
		})
	}
}

// svdParts returns σ (1 × k), U (p × k), V (q × k) and U Σ Vᵀ of w (p × q), each pair of singular vectors with the sign that makes the first
// entry of u positive that is at least half its largest.
func svdParts(t *testing.T, w oracle.Matrix) []oracle.Matrix {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(w.Rows, w.Cols, w.Data), mat.SVDThin) {
		t.Fatal("no convergence")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := svd.Values(nil)
	scaled := mat.DenseCopyOf(&u)
	for j, sigma := range s {
		if leading(mat.Col(nil, j, &u)) < 0 {
			negate(&u, j)
			negate(&v, j)
		}
		for i := range w.Rows {
			scaled.Set(i, j, sigma*u.At(i, j))
		}
	}
	var product mat.Dense
	product.Mul(scaled, v.T())
	return []oracle.Matrix{oracle.New(1, len(s), s), oracle.New(w.Rows, len(s), u.RawMatrix().Data), oracle.New(w.Cols, len(s), v.RawMatrix().Data),
		oracle.New(w.Rows, w.Cols, product.RawMatrix().Data)}
}

// leading returns the first entry that is at least half the largest by magnitude.
func leading(x []float64) float64 {
	m := largest(oracle.New(1, len(x), x))
	for _, v := range x {
		if math.Abs(v) >= m/2 {
			return v
		}
	}
	return 0
}

// negate changes the sign of column j.
func negate(a *mat.Dense, j int) {
	rows, _ := a.Dims()
	for i := range rows {
		a.Set(i, j, -a.At(i, j))
	}
}

// largest returns max |a_ij|.
func largest(a oracle.Matrix) float64 {
	m := 0.0
	for _, v := range a.Data {
		m = max(m, math.Abs(v))
	}
	return m
}
