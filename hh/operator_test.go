package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

func operatorCases() []svdCase {
	return []svdCase{
		{p: 1, q: 1, m1: 1, m2: 1}, {p: 7, q: 7, m1: 7, m2: 7, packed: true}, {p: 33, q: 33, m1: 16, m2: 4}, {p: 6, q: 6, m1: 0, m2: 3},
		{p: 5, q: 12, m1: 5, m2: 5}, {p: 12, q: 5, m1: 5, m2: 5}, {p: 5, q: 12, m1: 3, m2: 12}, {p: 12, q: 5, m1: 12, m2: 0},
		{p: 40, q: 70, m1: 40, m2: 40, packed: true},
	}
}

// TestOperator holds every application against the dense matrix.
func TestOperator(t *testing.T) {
	const B = 6
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range operatorCases() {
			for _, a := range hh.Algorithms() {
				t.Run(fmt.Sprintf("%v/%v", c, a), func(t *testing.T) {
					x := newSVDSetup(t, e, dev, c)
					defer x.close()
					f, err := hh.NewOperator(dev, x.svd.Config(), B, a, x.params)
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					checkOperator(t, x, f, e, B, c)
				})
			}
		}
	})
}

func checkOperator(t *testing.T, x *svdSetup, f *hh.Operator, e executor, B int, c svdCase) {
	t.Helper()
	W := oracle.W(x.U, x.V, x.sigma)
	pinv, err := oracle.PseudoInverse(W, 1e-9)
	if err != nil {
		t.Fatal(err)
	}
	X, Z := random("X", B, c.q), random("Z", B, c.p)
	in, inT := x.v.in(X, 1), x.v.in(Z, 2)
	y, yT, yI := x.v.out(B, c.p, 1), x.v.out(B, c.q, 0), x.v.out(B, c.q, 3)
	d := x.v.in(rowVector(random("d", 1, min(c.p, c.q)).Data), 0)
	yD := x.v.out(B, c.p, 0)
	ops := f.Prepare()
	add := func(more []gpu.Op, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		ops = append(ops, more...)
	}
	add(f.Transposed(yT, inT))
	add(f.Inverse(yI, inT))
	add(f.Scaled(yD, in, d))
	add(f.Forward(y, in))
	dY, dx := random("dY", B, c.p), x.v.out(B, c.q, 1)
	dy := x.v.in(dY, 1)
	add(f.Backward(dx, dy, y, x.grad))
	x.v.run(ops...)
	x.v.run(ops...)
	near(t, "W x", x.v.get(y), oracle.Mul(X, W.T()), e.tol)
	near(t, "Wᵀ x", x.v.get(yT), oracle.Mul(Z, W), e.tol)
	near(t, "W⁺ x", x.v.get(yI), oracle.Mul(Z, pinv.T()), 4*e.tol)
	near(t, "Q(U) D Q(V)ᵀ x", x.v.get(yD), oracle.Mul(X, oracle.W(x.U, x.V, x.v.get(d).Data).T()), e.tol)
	near(t, "dX", x.v.get(dx), oracle.Mul(dY, W), e.tol)
	dU, dV, ds := oracle.WGradient(x.U, x.V, x.sigma, oracle.Mul(dY.T(), X))
	for i := range ds {
		ds[i] *= x.deriv[i]
	}
	near(t, "dU", x.v.get(x.grad.U), dU, 4*e.tol)
	near(t, "dV", x.v.get(x.grad.V), dV, 4*e.tol)
	near(t, "ds", x.v.get(x.grad.S), rowVector(ds), 4*e.tol)
}

func TestPower(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		c := svdCase{p: 9, q: 9, m1: 9, m2: 4}
		x := newSVDSetup(t, e, dev, c)
		defer x.close()
		f, err := hh.NewOperator(dev, x.svd.Config(), 3, hh.AlgorithmAuto, x.params)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		X := random("X", 3, 9)
		in := x.v.in(X, 1)
		for _, k := range []int{0, 1, 2, 5} {
			y := x.v.out(3, 9, 2)
			ops, err := f.Power(y, in, k)
			if err != nil {
				t.Fatal(err)
			}
			x.v.run(append(f.Prepare(), ops...)...)
			P, err := oracle.Power(oracle.W(x.U, x.V, x.sigma), k)
			if err != nil {
				t.Fatal(err)
			}
			near(t, fmt.Sprintf("W^%d x", k), x.v.get(y), oracle.Mul(X, P.T()), 4*e.tol)
		}
	})
}

func TestLogAbsDet(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range []svdCase{{p: 1, q: 1, m1: 1, m2: 0}, {p: 8, q: 8, m1: 8, m2: 8, form: hh.FormDense}, {p: 33, q: 33, m1: 5, m2: 4, smap: gpu.SigmaPositive}} {
			x := newSVDSetup(t, e, dev, c)
			defer x.close()
			out, scratch := x.v.out(1, 1, 0), x.v.out(1, c.p, 0)
			ops, err := x.svd.LogAbsDet(out, x.grad.S, scratch, 3)
			if err != nil {
				t.Fatal(err)
			}
			x.v.run(append(x.svd.Materialise(), ops...)...)
			want, _ := oracle.LogAbsDet(oracle.W(x.U, x.V, x.sigma))
			near(t, "log|det W|", x.v.get(out), rowVector([]float64{want}), 4*e.tol)
			ds := make([]float64, c.p)
			for i := range ds {
				ds[i] = 3 / x.sigma[i] * x.deriv[i]
			}
			near(t, "ds", x.v.get(x.grad.S), rowVector(ds), 4*e.tol)
		}
	})
}
