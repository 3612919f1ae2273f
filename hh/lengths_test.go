package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"gonum.org/v1/gonum/floats"
)

// lengths are of reflectors whose squares are no fp32 numbers, or which are no normal numbers themselves, and 0; with them the size
// of a gradient of W or Q that leaves the gradients of the reflectors within fp32.
var lengths = []struct {
	name    string
	of      []float64
	upwards float64
}{
	{"tiny", []float64{1e-30, 1e-40, 0, 1, 3e-38}, 0x1p-40},
	{"huge", []float64{1e30, 1, 1e37, 0, 2e38}, 0x1p30},
}

// stretched returns reflectors of these lengths.
func stretched(name string, m, n int, of []float64) oracle.Matrix {
	u := oracle.Normalise(random(name, m, n))
	for j := range m {
		for i := range n {
			u.Set(j, i, float64(float32(u.At(j, i)*of[j%len(of)])))
		}
	}
	return u
}

// perLength returns the gradient du of u times the lengths of u and by, so that all rows are of one size.
func perLength(du, u oracle.Matrix, by float64) oracle.Matrix {
	du = du.Clone()
	for j := range u.Rows {
		if length := floats.Norm(u.Row(j), 2); length > 0 {
			floats.Scale(length*by, du.Row(j))
		}
	}
	return du
}

func TestProductOfAnyLengths(t *testing.T) {
	const B, m, n = 4, 7, 9
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, a := range hh.Algorithms() {
			for i, l := range lengths {
				transpose := i == 1
				t.Run(fmt.Sprintf("%v/%s", a, l.name), func(t *testing.T) {
					U, X, dY := stretched("U", m, n, l.of), random("X", B, n), random("dY", B, n)
					floats.Scale(l.upwards, dY.Data)
					v := newValues(t, e, dev)
					defer v.close()
					p, err := hh.NewProduct(dev, hh.ProductConfig{Batch: B, Dim: n, Reflectors: m, Algorithm: a, Block: 4}, v.in(U, 0))
					if err != nil {
						t.Fatal(err)
					}
					defer p.Close()
					y, dx, du := v.out(B, n, 0), v.out(B, n, 0), v.out(m, n, 1)
					apply, err := p.Apply(y, v.in(X, 0), transpose)
					if err != nil {
						t.Fatal(err)
					}
					back, err := p.Backward(dx, du, v.in(dY, 0), y, transpose)
					if err != nil {
						t.Fatal(err)
					}
					v.run(append(append(p.Prepare(), apply...), back...)...)
					want, gradient := oracle.Apply, oracle.ApplyGradient
					if transpose {
						want, gradient = oracle.ApplyTransposed, oracle.ApplyTransposedGradient
					}
					wantX, wantU := gradient(U, X, dY)
					near(t, "Y", v.get(y), want(U, X), e.tol)
					near(t, "dX/up", perUnit(v.get(dx), l.upwards), perUnit(wantX, l.upwards), e.tol)
					near(t, "dU·‖u‖", perLength(v.get(du), U, 1/l.upwards), perLength(wantU, U, 1/l.upwards), 4*e.tol)
				})
			}
		}
	})
}

func perUnit(a oracle.Matrix, unit float64) oracle.Matrix {
	a = a.Clone()
	floats.Scale(1/unit, a.Data)
	return a
}

func TestSVDOfAnyLengths(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for i, c := range []svdCase{
			{p: 9, q: 9, m1: 7, m2: 7, form: hh.FormDense}, {p: 9, q: 9, m1: 7, m2: 7, form: hh.FormDense, packed: true},
			{p: 9, q: 9, m1: 4, m2: 5, form: hh.FormThin}, {p: 9, q: 9, m1: 5, m2: 5, form: hh.FormThin, packed: true}, {p: 9, q: 9, m1: 0, m2: 5},
			{p: 9, q: 9, m1: 4, m2: 5, form: hh.FormLowRank}, {p: 9, q: 9, m1: 5, m2: 5, form: hh.FormLowRank, packed: true},
			{p: 6, q: 11, m1: 6, m2: 5}, {p: 11, q: 6, m1: 5, m2: 5},
		} {
			for _, l := range lengths {
				t.Run(fmt.Sprintf("%v/%s/%d", c, l.name, i), func(t *testing.T) {
					x := newSVDSetup(t, e, dev, c)
					defer x.close()
					x.U, x.V = stretched("U", c.m1, c.p, l.of), stretched("V", c.m2, c.q, l.of[1:])
					x.v.set(x.params.U, x.U)
					x.v.set(x.params.V, x.V)
					G := random("G", c.p, c.q)
					floats.Scale(l.upwards, G.Data)
					W := x.wAndGradient(t, G)
					dU, dV, _ := oracle.WGradient(x.U, x.V, x.sigma, G)
					near(t, "W", W, oracle.W(x.U, x.V, x.sigma), e.tol)
					near(t, "dU·‖u‖", perLength(x.v.get(x.grad.U), x.U, 1/l.upwards), perLength(dU, x.U, 1/l.upwards), 4*e.tol)
					near(t, "dV·‖v‖", perLength(x.v.get(x.grad.V), x.V, 1/l.upwards), perLength(dV, x.V, 1/l.upwards), 4*e.tol)
				})
			}
		}
	})
}

// wAndGradient computes W, which it returns, and the gradients of the parameters from dL/dW = G.
func (x *svdSetup) wAndGradient(t *testing.T, G oracle.Matrix) oracle.Matrix {
	t.Helper()
	if x.svd.Form() != hh.FormLowRank {
		grad, err := x.svd.Gradient(x.v.in(G, 2), x.grad)
		if err != nil {
			t.Fatal(err)
		}
		x.v.run(append(x.svd.Materialise(), grad...)...)
		return x.v.get(x.svd.W())
	}
	grad, err := x.svd.LowRankGradient(x.grad)
	if err != nil {
		t.Fatal(err)
	}
	x.v.run(x.svd.Materialise()...)
	f, df := x.svd.LowRank(), x.svd.LowRankGradients()
	L, R := x.v.get(f.L), x.v.get(f.R)
	x.v.set(df.D, diagonalOf(G))
	x.v.set(df.L, oracle.Mul(R, G.T()))
	x.v.set(df.R, oracle.Mul(L, G))
	x.v.run(grad...)
	W := oracle.Mul(L.T(), R)
	for i, d := range x.v.get(f.D).Data {
		W.Set(i, i, W.At(i, i)+d)
	}
	return W
}

func TestDenseQOfAnyLengths(t *testing.T) {
	const m, n = 7, 9
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, l := range lengths {
			U, G := stretched("U", m, n, l.of), random("G", n, n)
			floats.Scale(l.upwards, G.Data)
			v := newValues(t, e, dev)
			defer v.close()
			q, err := hh.NewDenseQ(dev, v.in(U, 0), false)
			if err != nil {
				t.Fatal(err)
			}
			defer q.Close()
			du := v.out(m, n, 0)
			grad, err := q.Gradient(v.in(G, 0), du)
			if err != nil {
				t.Fatal(err)
			}
			v.run(append(q.Materialise(), grad...)...)
			near(t, l.name+": Q", v.get(q.Q()), oracle.Q(U), e.tol)
			near(t, l.name+": dU·‖u‖", perLength(v.get(du), U, 1/l.upwards), perLength(oracle.QGradient(U, G), U, 1/l.upwards), 4*e.tol)
		}
	})
}
