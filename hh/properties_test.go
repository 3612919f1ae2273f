package hh_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/exact"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
	"pgregory.net/rapid"
)

// TestFourPoint holds gradients against central differences of the float64 oracle, with nothing of the oracle's own gradients in
// between: the loss is L = ⟨G, W(U, V, σ(s))⟩.
func TestFourPoint(t *testing.T) {
	const step = 1e-3
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range []svdCase{
			{p: 5, q: 5, m1: 5, m2: 5, form: hh.FormDense}, {p: 5, q: 5, m1: 3, m2: 2, form: hh.FormThin, packed: true},
			{p: 4, q: 7, m1: 4, m2: 4}, {p: 7, q: 4, m1: 2, m2: 4, smap: gpu.SigmaPositive},
		} {
			t.Run(c.String(), func(t *testing.T) {
				x := newSVDSetup(t, e, dev, c)
				defer x.close()
				G := random("G", c.p, c.q)
				grad, err := x.svd.Gradient(x.v.in(G, 0), x.grad)
				if err != nil {
					t.Fatal(err)
				}
				x.v.run(append(x.svd.Materialise(), grad...)...)
				loss := func([]float64) float64 {
					sigma := oracle.Sigma(x.s, 1, 0.5)
					if c.smap == gpu.SigmaPositive {
						sigma = oracle.SigmaExp(x.s, 1)
					}
					return oracle.Dot(G, oracle.W(x.U, x.V, sigma))
				}
				tol := max(10*e.tol, 1e-8) // fourth-order differences with this step
				numeric := func(a []float64) []float64 { return oracle.Gradient(loss, a, step) }
				near(t, "dU", x.v.get(x.grad.U), oracle.New(c.m1, c.p, numeric(x.U.Data)), tol)
				near(t, "dV", x.v.get(x.grad.V), oracle.New(c.m2, c.q, numeric(x.V.Data)), tol)
				near(t, "ds", x.v.get(x.grad.S), rowVector(numeric(x.s)), tol)
			})
		}
	})
}

// TestFourPointProduct does the same for the algorithms that apply a product: L = ⟨dY, apply(U, X)⟩.
func TestFourPointProduct(t *testing.T) {
	const B, n, m, step = 3, 6, 5, 1e-3
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, a := range hh.Algorithms() {
			for _, transpose := range []bool{false, true} {
				U, X, dY := randomReflectors("U", m, n), random("X", B, n), random("dY", B, n)
				v := newValues(t, e, dev)
				defer v.close()
				p, err := hh.NewProduct(dev, hh.ProductConfig{Batch: B, Dim: n, Reflectors: m, Algorithm: a, Block: 4}, v.in(U, 0))
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				y, dx, du := v.out(B, n, 0), v.out(B, n, 0), v.out(m, n, 0)
				apply, err := p.Apply(y, v.in(X, 0), transpose)
				if err != nil {
					t.Fatal(err)
				}
				back, err := p.Backward(dx, du, v.in(dY, 0), y, transpose)
				if err != nil {
					t.Fatal(err)
				}
				v.run(append(append(p.Prepare(), apply...), back...)...)
				loss := func([]float64) float64 {
					if transpose {
						return oracle.Dot(dY, oracle.ApplyTransposed(U, X))
					}
					return oracle.Dot(dY, oracle.Apply(U, X))
				}
				name, tol := fmt.Sprintf("%v, transposed %v: ", a, transpose), max(10*e.tol, 1e-8)
				near(t, name+"dU", v.get(du), oracle.New(m, n, oracle.Gradient(loss, U.Data, step)), tol)
				near(t, name+"dX", v.get(dx), oracle.New(B, n, oracle.Gradient(loss, X.Data, step)), tol)
			}
		}
	})
}

// TestProperties draws weights of any shape and checks what must hold for all of them: the singular values of W are σ, W⁺W is the
// identity on the smaller side, Q keeps lengths, and gradients of reflectors are orthogonal to them and zero where those are.
func TestProperties(t *testing.T) {
	dev := exact.Open()
	defer dev.Close()
	rapid.Check(t, func(r *rapid.T) {
		p, q := rapid.IntRange(1, 14).Draw(r, "p"), rapid.IntRange(1, 14).Draw(r, "q")
		c := svdCase{p: p, q: q, m1: rapid.IntRange(0, p).Draw(r, "m1"), m2: rapid.IntRange(0, q).Draw(r, "m2"), packed: rapid.Bool().Draw(r, "packed")}
		x := newSVDSetup(t, executor{exact: true}, dev, c)
		defer x.close()
		grad, err := x.svd.Gradient(x.v.in(random("G", p, q), 0), x.grad)
		if err != nil {
			r.Fatal(err)
		}
		f, err := hh.NewOperator(dev, x.svd.Config(), 3, hh.Algorithm(rapid.IntRange(1, 3).Draw(r, "algorithm")), x.params)
		if err != nil {
			r.Fatal(err)
		}
		defer f.Close()
		k := min(p, q)
		small, large := random("small", 3, k), x.v.out(3, max(p, q), 0)
		there, err := f.Forward, error(nil)
		back := f.Inverse
		if q > p { // W maps the larger side to the smaller: go there and back by W⁺ and W
			there, back = f.Inverse, f.Forward
		}
		again := x.v.out(3, k, 0)
		first, err := there(large, x.v.in(small, 0))
		if err != nil {
			r.Fatal(err)
		}
		second, err := back(again, large)
		if err != nil {
			r.Fatal(err)
		}
		ops := append(x.svd.Materialise(), grad...)
		ops = append(append(append(ops, f.Prepare()...), first...), second...)
		x.v.run(ops...)

		values, err := oracle.SingularValues(x.v.get(x.svd.W()))
		if err != nil {
			r.Fatal(err)
		}
		sigma := slices.Clone(x.sigma)
		slices.SortFunc(sigma, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
		near(t, "singular values of W", rowVector(values), rowVector(sigma), 1e-9)
		near(t, "W⁺W x", x.v.get(again), small, 1e-9)
		checkTangent(t, "dU", x.v.get(x.grad.U), x.U)
		checkTangent(t, "dV", x.v.get(x.grad.V), x.V)
		if t.Failed() {
			r.FailNow()
		}
	})
}

func checkTangent(t *testing.T, what string, du, u oracle.Matrix) {
	t.Helper()
	scale := max(du.MaxAbs(), 1)
	for j := range u.Rows {
		dot := 0.0
		for i := range u.Cols {
			dot += u.At(j, i) * du.At(j, i)
			if i < j && du.At(j, i) != 0 {
				t.Errorf("%s[%d, %d] = %g is a structural zero", what, j, i, du.At(j, i))
			}
		}
		if math.Abs(dot) > 1e-9*scale {
			t.Errorf("%s · u = %g at reflector %d", what, dot, j)
		}
	}
}

// TestNorms checks that every algorithm keeps the lengths of what it is applied to, for random reflectors on the fp32 executors.
func TestNorms(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, a := range hh.Algorithms() {
			const B, n, m = 8, 97, 61
			v := newValues(t, e, dev)
			defer v.close()
			X, y := random("X", B, n), v.out(B, n, 0)
			p, err := hh.NewProduct(dev, hh.ProductConfig{Batch: B, Dim: n, Reflectors: m, Algorithm: a, ForwardOnly: true}, v.in(randomReflectors("U", m, n), 0))
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			ops, err := p.Apply(y, v.in(X, 0), false)
			if err != nil {
				t.Fatal(err)
			}
			v.run(append(p.Prepare(), ops...)...)
			Y := v.get(y)
			for i := range B {
				before, after := oracle.Frobenius(X.Slice(i, i+1)), oracle.Frobenius(Y.Slice(i, i+1))
				if math.Abs(after-before) > e.tol*before {
					t.Errorf("%v: ‖Qx‖ = %.8g, ‖x‖ = %.8g", a, after, before)
				}
			}
		}
	})
}
