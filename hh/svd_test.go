package hh_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

type svdCase struct {
	p, q, m1, m2 int
	form         hh.Form
	packed       bool // U, V and S follow each other in one buffer, as in a flat vector of parameters
	padded       bool // U and V are rows of one matrix
	fixed        bool // no s
	smap         gpu.SigmaMap
}

func (c svdCase) String() string {
	s := fmt.Sprintf("%dx%d/m=%d,%d/%v", c.p, c.q, c.m1, c.m2, c.form)
	if c.packed {
		s += "/packed"
	}
	if c.padded {
		s += "/padded"
	}
	if c.fixed {
		s += "/fixed"
	}
	return s
}

func svdCases() []svdCase {
	var out []svdCase
	for _, n := range []int{1, 2, 3, 7, 31, 32, 33} {
		for _, m := range []int{0, 1, (n + 1) / 2, n} {
			forms := []hh.Form{hh.FormThin}
			if m > 0 {
				forms = append(forms, hh.FormDense)
			}
			for _, f := range forms {
				out = append(out, svdCase{p: n, q: n, m1: m, m2: m, form: f}, svdCase{p: n, q: n, m1: m, m2: m, form: f, packed: true})
			}
		}
	}
	return append(out,
		svdCase{p: 7, q: 7, m1: 3, m2: 5, form: hh.FormDense}, svdCase{p: 7, q: 7, m1: 0, m2: 4}, svdCase{p: 7, q: 7, m1: 4, m2: 0},
		svdCase{p: 8, q: 8, m1: 3, m2: 0, fixed: true, packed: true}, svdCase{p: 8, q: 8, m1: 3, m2: 2, fixed: true, form: hh.FormDense},
		svdCase{p: 5, q: 12, m1: 5, m2: 5}, svdCase{p: 12, q: 5, m1: 5, m2: 5}, svdCase{p: 5, q: 12, m1: 3, m2: 12}, svdCase{p: 12, q: 5, m1: 12, m2: 2},
		svdCase{p: 5, q: 12, m1: 0, m2: 3}, svdCase{p: 5, q: 12, m1: 3, m2: 0}, svdCase{p: 12, q: 5, m1: 4, m2: 0}, svdCase{p: 12, q: 5, m1: 0, m2: 4},
		svdCase{p: 33, q: 64, m1: 16, m2: 16}, svdCase{p: 1, q: 9, m1: 1, m2: 1}, svdCase{p: 9, q: 1, m1: 1, m2: 1},
		svdCase{p: 12, q: 5, m1: 5, m2: 5, padded: true}, svdCase{p: 5, q: 12, m1: 3, m2: 3, padded: true}, svdCase{p: 33, q: 9, m1: 1, m2: 1, padded: true, fixed: true},
		svdCase{p: 160, q: 40, m1: 40, m2: 40, padded: true}, svdCase{p: 160, q: 40, m1: 7, m2: 7, padded: true}, svdCase{p: 20, q: 9, m1: 2, m2: 2, padded: true, fixed: true}, svdCase{p: 9, q: 9, m1: 4, m2: 4, padded: true}, svdCase{p: 7, q: 3, padded: true},
		svdCase{p: 9, q: 9, m1: 4, m2: 4, smap: gpu.SigmaPositive, packed: true},
		svdCase{p: 65, q: 65, m1: 33, m2: 33, packed: true}, svdCase{p: 100, q: 100, m1: 100, m2: 100, form: hh.FormDense, packed: true},
		svdCase{p: 100, q: 100, m1: 100, m2: 70, form: hh.FormThin}, svdCase{p: 90, q: 45, m1: 90, m2: 45}, svdCase{p: 40, q: 90, m1: 10, m2: 90},
		svdCase{p: 130, q: 40, m1: 130, m2: 3}, svdCase{p: 129, q: 129, m1: 16, m2: 16, packed: true})
}

// svdSetup holds a weight on a device beside its oracle.
type svdSetup struct {
	v      *values
	svd    *hh.SVD
	U, V   oracle.Matrix
	s      []float64
	sigma  []float64
	deriv  []float64
	grad   hh.SVDParams
	params hh.SVDParams
}

func newSVDSetup(t *testing.T, e executor, dev *gpu.Device, c svdCase) *svdSetup {
	t.Helper()
	x := &svdSetup{v: newValues(t, e, dev)}
	k := min(c.p, c.q)
	x.U, x.V = randomReflectors("U", c.m1, c.p), randomReflectors("V", c.m2, c.q)
	x.s = random("s", 1, k).Data
	cfg := hh.SVDConfig{Rows: c.p, Cols: c.q, ReflectorsU: c.m1, ReflectorsV: c.m2, Center: 1, Radius: 0.5, Map: c.smap, Form: c.form, Padded: c.padded}
	x.sigma, x.deriv = oracle.Sigma(x.s, 1, 0.5), oracle.SigmaDerivative(x.s, 0.5)
	if c.smap == gpu.SigmaPositive {
		x.sigma, x.deriv = oracle.SigmaExp(x.s, 1), oracle.SigmaExpDerivative(x.s, 1)
	}
	if c.fixed {
		for i := range x.sigma {
			x.sigma[i] = 1
		}
	}
	x.params, x.grad = x.place(c), x.place(c)
	x.v.set(x.params.U, x.U)
	x.v.set(x.params.V, x.V)
	if !c.fixed {
		x.v.set(x.params.S, rowVector(x.s))
	}
	svd, err := hh.NewSVD(dev, cfg, x.params)
	if err != nil {
		t.Fatal(err)
	}
	x.svd = svd
	return x
}

// place makes room for parameters or gradients, filled with NaN.
func (x *svdSetup) place(c svdCase) hh.SVDParams {
	k := min(c.p, c.q)
	if c.padded {
		long := max(c.p, c.q)
		all := x.v.in(oracle.Zeros(1, (c.m1+c.m2)*long+k), 0)
		p := hh.SVDParams{U: all.Buf.View(0, c.m1, long).ColRange(0, c.p), V: all.Buf.View(c.m1*long, c.m2, long).ColRange(0, c.q), S: all.Buf.View((c.m1+c.m2)*long, 1, k)}
		if c.fixed {
			p.S = gpu.View{}
		}
		return p
	}
	if c.packed {
		all := x.v.out(1, c.m1*c.p+c.m2*c.q+k, 0)
		p := hh.SVDParams{U: all.Buf.View(0, c.m1, c.p), V: all.Buf.View(c.m1*c.p, c.m2, c.q), S: all.Buf.View(c.m1*c.p+c.m2*c.q, 1, k)}
		if c.fixed {
			p.S = gpu.View{}
		}
		return p
	}
	p := hh.SVDParams{U: x.v.out(c.m1, c.p, 3), V: x.v.out(c.m2, c.q, 0)}
	if !c.fixed {
		p.S = x.v.out(1, k, 1)
	}
	return p
}

// wantPadding requires zeros behind the shorter side.
func (x *svdSetup) wantPadding(t *testing.T, p hh.SVDParams, c svdCase) {
	t.Helper()
	for _, side := range []gpu.View{p.U, p.V} {
		gap := side.ColRange(side.Cols, max(c.p, c.q))
		for _, v := range x.v.get(gap).Data {
			if v != 0 {
				t.Fatalf("%g behind a reflector of %d of %d columns, want 0", v, side.Cols, max(c.p, c.q))
			}
		}
	}
}

func (x *svdSetup) close() {
	x.svd.Close()
	x.v.close()
}

func TestSVD(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range svdCases() {
			t.Run(c.String(), func(t *testing.T) {
				x := newSVDSetup(t, e, dev, c)
				defer x.close()
				G := random("G", c.p, c.q)
				dw := x.v.in(G, 2)
				grad, err := x.svd.Gradient(dw, x.grad)
				if err != nil {
					t.Fatal(err)
				}
				ops := append(x.svd.Materialise(), grad...)
				bad := oracle.Zeros(c.p, c.q)
				for i := range bad.Data {
					bad.Data[i] = math.NaN()
				}
				x.v.set(dw, bad) // a step must not depend on what the one before left behind, not even where its gradient was not finite
				x.v.run(ops...)
				x.v.set(dw, G)
				x.v.run(ops...)
				dU, dV, dsigma := oracle.WGradient(x.U, x.V, x.sigma, G)
				near(t, "W", x.v.get(x.svd.W()), oracle.W(x.U, x.V, x.sigma), e.tol)
				near(t, "σ", x.v.get(x.svd.Sigma()), rowVector(x.sigma), e.tol)
				near(t, "dU", x.v.get(x.grad.U), dU, 4*e.tol)
				near(t, "dV", x.v.get(x.grad.V), dV, 4*e.tol)
				if c.padded {
					x.wantPadding(t, x.params, c)
					x.wantPadding(t, x.grad, c)
				}
				if !c.fixed {
					for i := range dsigma {
						dsigma[i] *= x.deriv[i]
					}
					near(t, "ds", x.v.get(x.grad.S), rowVector(dsigma), 4*e.tol)
				}
			})
		}
	})
}

// Padded is refused where the sides are not rows of one matrix.
func TestPaddedSides(t *testing.T) {
	dev := openCPU(t)
	b, err := dev.NewBuffer("sides", 100, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	cfg := hh.SVDConfig{Rows: 7, Cols: 3, ReflectorsU: 2, ReflectorsV: 2, Center: 1, Radius: 0.5, Padded: true}
	s := b.View(90, 1, 3)
	for name, p := range map[string]hh.SVDParams{
		"other strides":        {U: b.View(0, 2, 7), V: b.View(14, 2, 3), S: s},
		"apart":                {U: b.View(0, 2, 7), V: b.View(15, 2, 7).ColRange(0, 3), S: s},
		"the other way":        {U: b.View(14, 2, 7), V: b.View(0, 2, 7).ColRange(0, 3), S: s},
		"other counts of rows": {U: b.View(0, 2, 7), V: b.View(14, 1, 7).ColRange(0, 3), S: s},
	} {
		c := cfg
		c.ReflectorsV = p.V.Rows
		if _, err := hh.NewSVD(dev, c, p); !errors.Is(err, gpu.ErrShape) {
			t.Errorf("%s: %v, want ErrShape", name, err)
		}
	}
	svd, err := hh.NewSVD(dev, cfg, hh.SVDParams{U: b.View(0, 2, 7), V: b.View(14, 2, 7).ColRange(0, 3), S: s})
	if err != nil {
		t.Fatal(err)
	}
	svd.Close()
}
