package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// diagonalOf returns the diagonal of a square m as a row.
func diagonalOf(m oracle.Matrix) oracle.Matrix {
	d := oracle.Zeros(1, m.Rows)
	for i := range m.Rows {
		d.Set(0, i, m.At(i, i))
	}
	return d
}

// D, L and R multiply out to W, and gradients of them that come from a dL/dW give the gradients of the parameters.
func TestSVDInFactors(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range svdCases() {
			if c.p != c.q || c.form == hh.FormDense {
				continue
			}
			c.form = hh.FormLowRank
			t.Run(c.String(), func(t *testing.T) { testFactors(t, e, dev, c) })
		}
	})
}

func testFactors(t *testing.T, e executor, dev *gpu.Device, c svdCase) {
	x := newSVDSetup(t, e, dev, c)
	defer x.close()
	f, g := x.svd.LowRank(), x.svd.LowRankGradients()
	if !x.svd.W().IsZero() {
		t.Error("there is a W beside the low-rank form")
	}
	grad, err := x.svd.LowRankGradient(x.grad)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.svd.Gradient(x.v.in(oracle.Zeros(c.p, c.q), 0), x.grad); err == nil {
		t.Error("a gradient from dL/dW of a weight that is not formed")
	}
	G := random("G", c.p, c.q)
	for range 2 { // a second step must not depend on what the first left behind
		x.v.run(x.svd.Materialise()...)
		L, R := x.v.get(f.L), x.v.get(f.R)
		W := oracle.Mul(L.T(), R)
		for i, d := range x.v.get(f.D).Data {
			W.Set(i, i, W.At(i, i)+d)
		}
		near(t, "W", W, oracle.W(x.U, x.V, x.sigma), 2*e.tol)
		x.v.set(g.D, diagonalOf(G))
		x.v.set(g.L, oracle.Mul(R, G.T()))
		x.v.set(g.R, oracle.Mul(L, G))
		x.v.run(grad...)
	}
	dU, dV, dsigma := oracle.WGradient(x.U, x.V, x.sigma, G)
	near(t, "dU", x.v.get(x.grad.U), dU, 8*e.tol)
	near(t, "dV", x.v.get(x.grad.V), dV, 8*e.tol)
	if !c.fixed {
		for i := range dsigma {
			dsigma[i] *= x.deriv[i]
		}
		near(t, "ds", x.v.get(x.grad.S), rowVector(dsigma), 8*e.tol)
	}
}

func TestFactorsNeedASquareWeight(t *testing.T) {
	err := hh.SVDConfig{Rows: 3, Cols: 4, Center: 1, Radius: 0.1, Form: hh.FormLowRank}.Check()
	if err == nil {
		t.Fatal("low-rank form of a 3×4 weight")
	}
	if s := fmt.Sprint(hh.FormLowRank); s != "low-rank" {
		t.Errorf("the form is called %q", s)
	}
}
