package hh_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// weightCase is a layer y = φ(W x + b) with a spectral weight.
type weightCase struct {
	in, out, batch int
	weight         hh.Weight
	noBias         bool
	act            gpu.Activation
}

func weightCases() []weightCase {
	var out []weightCase
	for _, m := range []hh.Method{hh.Materialised, hh.Applied} {
		out = append(out,
			weightCase{in: 7, out: 7, batch: 3, weight: hh.Weight{Reflectors: 7, Center: 1, Radius: 0.5, Method: m}, noBias: true},
			weightCase{in: 12, out: 5, batch: 4, weight: hh.Weight{Reflectors: 5, Center: 1, Radius: 0.5, Method: m}, act: gpu.Activation{Kind: gpu.Tanh}},
			weightCase{in: 5, out: 12, batch: 1, weight: hh.Weight{Reflectors: 2, Radius: 0.5, Method: m}, noBias: true, act: gpu.Activation{Kind: gpu.LeakyReLU, Slope: 0.1}},
			weightCase{in: 33, out: 20, batch: 9, weight: hh.Weight{Center: 2, Radius: 1, Method: m}})
	}
	return append(out, weightCase{in: 40, out: 30, batch: 16, weight: hh.Weight{Reflectors: 4, Center: 1, Radius: 0.1}, act: gpu.Activation{Kind: gpu.ReLU}})
}

// TestWeight holds a layer with a spectral weight, its gradients and its input's against dense matrices.
func TestWeight(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range weightCases() {
			t.Run(fmt.Sprintf("%dx%d/m=%d/%v", c.out, c.in, c.weight.Reflectors, c.weight.Method), func(t *testing.T) {
				for _, wanted := range []bool{true, false} {
					testWeight(t, e, dev, c, wanted)
				}
			})
		}
	})
}

// testWeight runs a layer twice; inputGradient tells whether dL/dx is wanted.
func testWeight(t *testing.T, e executor, dev *gpu.Device, c weightCase, inputGradient bool) {
	v := newValues(t, e, dev)
	defer v.close()
	X, dY := random("X", c.batch, c.in), random("dY", c.batch, c.out)
	x := nn.Flow{Shape: nn.Shape{Length: 1, Batch: c.batch, Width: c.in}, Y: v.in(X, 1)}
	if inputGradient {
		x.DY = v.out(c.batch, c.in, 0)
	}
	w := c.weight
	w.Start = hh.Random()
	w.Start.S = nn.Normal(1)
	var mem gpu.Arena
	defer mem.Close()
	p := nn.NewParams(dev.Info(), &mem, 11, true)
	layer := &nn.Linear{Out: c.out, Weight: &w, NoBias: c.noBias, Act: c.act}
	if _, err := layer.Declare(p, x.Shape); err != nil {
		t.Fatal(err)
	}
	if err := p.Complete(); err != nil {
		t.Fatal(err)
	}
	pass, err := layer.Plan(nn.NewPlan("test", &mem, true), x)
	if err != nil {
		t.Fatal(err)
	}
	if err := mem.Alloc(dev); err != nil {
		t.Fatal(err)
	}
	bias := oracle.Zeros(1, c.out)
	if !c.noBias {
		b, _ := p.Find("b")
		bias = random("bias", 1, c.out)
		v.set(b.In(p.Values()), bias)
	}
	r := &nn.Record{Train: true}
	bank := p.Banks()[0]
	bank.Prepare(r)
	pass.Forward(r)
	r.Do(gpu.Copy{Y: pass.Out().DY, X: v.in(dY, 0)}) // Backward may overwrite it
	pass.Backward(r)
	bank.Finish(r)
	ops, err := r.Ops()
	if err != nil {
		t.Fatal(err)
	}
	v.run(ops...)
	v.run(ops...) // a second step must not depend on what the first left behind

	value, grad := w.Params()
	U, V, s := v.get(value.U), v.get(value.V), v.get(value.S).Data
	sigma, deriv := oracle.Sigma(s, float64(w.Center), float64(w.Radius)), oracle.SigmaDerivative(s, float64(w.Radius))
	W := oracle.W(U, V, sigma)
	act := oracle.Activation{Kind: oracle.ActivationKind(c.act.Kind), Slope: float64(c.act.Slope)}
	Y := oracle.Gemm(oracle.GemmOptions{TransposeB: true, Alpha: 1, Activation: act, Bias: bias.Data}, X, W, oracle.Matrix{})
	dZ := dY.Clone()
	for i, y := range Y.Data {
		dZ.Data[i] *= act.Derivative(y)
	}
	dU, dV, ds := oracle.WGradient(U, V, sigma, oracle.Mul(dZ.T(), X))
	for i := range ds {
		ds[i] *= deriv[i]
	}
	near(t, "y", v.get(pass.Out().Y), Y, e.tol)
	if inputGradient {
		near(t, "dx", v.get(x.DY), oracle.Mul(dZ, W), e.tol)
	}
	near(t, "dU", v.get(grad.U), dU, 4*e.tol)
	near(t, "dV", v.get(grad.V), dV, 4*e.tol)
	near(t, "ds", v.get(grad.S), rowVector(ds), 4*e.tol)
	if !c.noBias {
		b, _ := p.Find("b")
		near(t, "dbias", v.get(b.In(p.Grads())), rowVector(oracle.ColumnSums(dZ)), 4*e.tol)
	}
}

// startOf returns W as a weight starts.
func startOf(t *testing.T, dev *gpu.Device, w *hh.Weight, rows, cols int) (W, U, V oracle.Matrix) {
	t.Helper()
	var mem gpu.Arena
	p := nn.NewParams(dev.Info(), &mem, 5, false)
	if err := w.Declare(p, rows, cols, nn.Use{Rows: 1}); err != nil {
		t.Fatal(err)
	}
	p.Register(w)
	if err := p.Complete(); err != nil {
		t.Fatal(err)
	}
	if err := mem.Alloc(dev); err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	v := newValues(t, executor{}, dev)
	defer v.close()
	r := &nn.Record{}
	p.Banks()[0].Prepare(r)
	ops, err := r.Ops()
	if err != nil {
		t.Fatal(err)
	}
	v.run(ops...)
	m, _ := w.Matrix()
	value, _ := w.Params()
	return v.get(m), v.get(value.U), v.get(value.V)
}

func TestStarts(t *testing.T) {
	dev := openCPU(t)
	const n = 9
	for _, m := range []int{1, 4, 7, 9} {
		W, _, _ := startOf(t, dev, &hh.Weight{Reflectors: m, Center: 1, Radius: 0.1, Start: hh.SameReflectors()}, n, n)
		near(t, "W of U = V", W, oracle.Identity(n), 1e-6)

		W, U, V := startOf(t, dev, &hh.Weight{Reflectors: m, Center: 1, Radius: 0.1, Start: hh.Rotations(hh.Cayley)}, n, n)
		want := oracle.Identity(n)
		for j := range min(m, n/2) {
			a, b := W.At(2*j, 2*j), W.At(2*j+1, 2*j)
			if math.Abs(a*a+b*b-1) > 1e-6 || math.Atan2(math.Abs(b), a) > math.Pi/2+1e-6 || b == 0 {
				t.Errorf("m=%d: plane %d holds (%g, %g), which is no rotation by at most π/2", m, j, a, b)
			}
			want.Set(2*j, 2*j, a)
			want.Set(2*j+1, 2*j+1, a)
			want.Set(2*j+1, 2*j, b)
			want.Set(2*j, 2*j+1, -b)
		}
		near(t, "W of rotations", W, want, 1e-6)
		for _, side := range []oracle.Matrix{U, V} {
			for j := range m {
				for i := range j {
					if side.At(j, i) != 0 {
						t.Errorf("m=%d: reflector %d has %g at its structural zero %d", m, j, side.At(j, i), i)
					}
				}
			}
		}
	}
	W, _, _ := startOf(t, dev, &hh.Weight{Reflectors: n, Center: 1, Radius: 0.1, Start: hh.Haar()}, n, n)
	near(t, "WᵀW of Haar factors", oracle.Mul(W.T(), W), oracle.Identity(n), 1e-5)
}

func TestStartFrom(t *testing.T) {
	dev := openCPU(t)
	f, err := hh.FromDense(floats32(random("w", 6, 9)), 6, 9)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Sigma {
		f.Sigma[i] = 2 + float32(i)/4
	}
	band := hh.Band{Center: 3, Radius: 2.99}
	start, moved, err := hh.From(f, band)
	if err != nil || moved != 0 {
		t.Fatalf("moved by %g: %v", moved, err)
	}
	W, _, _ := startOf(t, dev, &hh.Weight{Reflectors: 6, Center: 3, Radius: 2.99, Start: start}, 6, 9)
	near(t, "W", W, dense(f), 1e-5)

	f.Sigma[0] = 6.5
	if _, _, err := hh.From(f, band); !errors.Is(err, hh.ErrBand) {
		t.Errorf("σ outside the band: %v, want ErrBand", err)
	}
	band.Clamp = true
	if _, moved, err := hh.From(f, band); err != nil || !(moved > 0.5 && moved < 0.52) {
		t.Errorf("σ = 6.5 clamped below 5.99: moved by %g, %v", moved, err)
	}
}

func TestWeightErrors(t *testing.T) {
	var mem gpu.Arena
	p := nn.NewParams(gpu.Info{}, &mem, 1, true)
	for name, w := range map[string]*hh.Weight{
		"more reflectors than rows": {Reflectors: 5, Center: 1, Radius: 0.1},
		"negative reflectors":       {Reflectors: -1, Center: 1, Radius: 0.1},
		"a band with 0":             {Reflectors: 2, Center: 1, Radius: 1},
		"U = V of a rectangle":      {Reflectors: 2, Center: 1, Radius: 0.1, Start: hh.SameReflectors()},
	} {
		if err := w.Declare(p.Scope(name), 4, 6, nn.Use{Rows: 1}); !errors.Is(err, gpu.ErrShape) && !errors.Is(err, hh.ErrBand) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// openCPU opens the CPU executor and requires that nothing is left open.
func openCPU(t *testing.T) *gpu.Device {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}
