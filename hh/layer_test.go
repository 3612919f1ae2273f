package hh_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// layerTruth computes a layer and its gradients with dense matrices.
type layerTruth struct {
	Y, dX, dU, dV, ds, dbias oracle.Matrix
}

func truthOfLayer(v *values, l *hh.Layer, X, dY oracle.Matrix) layerTruth {
	c := l.Config()
	p, bias := l.Weights()
	U, V, s := v.get(p.U), v.get(p.V), v.get(p.S).Data
	sigma, deriv := oracle.Sigma(s, float64(c.Center), float64(c.Radius)), oracle.SigmaDerivative(s, float64(c.Radius))
	W := oracle.W(U, V, sigma)
	act := oracle.Activation{Kind: oracle.ActivationKind(c.Activation.Kind), Slope: float64(c.Activation.Slope)}
	o := oracle.GemmOptions{TransposeB: true, Alpha: 1, Activation: act}
	if c.Bias {
		o.Bias = v.get(bias).Data
	}
	t := layerTruth{Y: oracle.Gemm(o, X, W, oracle.Matrix{})}
	dZ := dY.Clone()
	for i, y := range t.Y.Data {
		dZ.Data[i] *= act.Derivative(y)
	}
	t.dX = oracle.Mul(dZ, W)
	var ds []float64
	t.dU, t.dV, ds = oracle.WGradient(U, V, sigma, oracle.Mul(dZ.T(), X))
	for i := range ds {
		ds[i] *= deriv[i]
	}
	t.ds, t.dbias = rowVector(ds), rowVector(oracle.ColumnSums(dZ))
	return t
}

func layerConfigs() []hh.LayerConfig {
	var out []hh.LayerConfig
	for _, m := range []hh.Method{hh.Materialised, hh.Applied} {
		out = append(out,
			hh.LayerConfig{In: 7, Out: 7, Batch: 3, Reflectors: 7, Center: 1, Radius: 0.5, Method: m},
			hh.LayerConfig{In: 12, Out: 5, Batch: 4, Reflectors: 5, Center: 1, Radius: 0.5, Method: m, Bias: true, Activation: gpu.Activation{Kind: gpu.Tanh}},
			hh.LayerConfig{In: 5, Out: 12, Batch: 1, Reflectors: 2, Center: 0, Radius: 0.5, Method: m, Activation: gpu.Activation{Kind: gpu.LeakyReLU, Slope: 0.1}},
			hh.LayerConfig{In: 33, Out: 20, Batch: 9, Reflectors: 0, Center: 2, Radius: 1, Method: m, Bias: true})
	}
	return append(out, hh.LayerConfig{In: 40, Out: 30, Batch: 16, Reflectors: 4, Center: 1, Radius: 0.1, Bias: true, Activation: gpu.Activation{Kind: gpu.ReLU}})
}

func TestLayer(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range layerConfigs() {
			t.Run(fmt.Sprintf("%dx%d/m=%d/%v", c.Out, c.In, c.Reflectors, c.Method), func(t *testing.T) { testLayer(t, e, dev, c) })
		}
	})
}

func testLayer(t *testing.T, e executor, dev *gpu.Device, c hh.LayerConfig) {
	v := newValues(t, e, dev)
	defer v.close()
	l, err := hh.NewLayer(dev, c)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Init(11, true); err != nil {
		t.Fatal(err)
	}
	if _, bias := l.Weights(); c.Bias {
		v.set(bias, random("bias", 1, c.Out))
	}
	X, dY := random("X", c.Batch, c.In), random("dY", c.Batch, c.Out)
	x, dy, y, dx := v.in(X, 1), v.in(dY, 2), v.out(c.Batch, c.Out, 1), v.out(c.Batch, c.In, 0)
	forward, err := l.Forward(y, x)
	if err != nil {
		t.Fatal(err)
	}
	backward, err := l.Backward(dx, dy, y, x)
	if err != nil {
		t.Fatal(err)
	}
	ops := append(forward, backward...)
	v.run(ops...)
	v.run(ops...)
	want := truthOfLayer(v, l, X, dY)
	near(t, "y", v.get(y), want.Y, e.tol)
	near(t, "dx", v.get(dx), want.dX, e.tol)
	checkLayerGradients(t, e, v, l, want)

	// Without dx the gradients of the parameters are the same.
	if backward, err = l.Backward(gpu.View{}, dy, y, x); err != nil {
		t.Fatal(err)
	}
	v.run(append(forward, backward...)...)
	v.run(append(forward, backward...)...)
	checkLayerGradients(t, e, v, l, want)
}

func checkLayerGradients(t *testing.T, e executor, v *values, l *hh.Layer, want layerTruth) {
	t.Helper()
	p, bias := l.Weights()
	g := l.Gradients()
	at := func(w gpu.View) oracle.Matrix { // gradients are laid out as parameters
		w.Buf = g.Buf
		return v.get(w)
	}
	near(t, "dU", at(p.U), want.dU, 4*e.tol)
	near(t, "dV", at(p.V), want.dV, 4*e.tol)
	near(t, "ds", at(p.S), want.ds, 4*e.tol)
	if !bias.IsZero() {
		near(t, "dbias", at(bias), want.dbias, 4*e.tol)
	}
}

func TestLayerSet(t *testing.T) {
	dev := openCPU(t)
	w := random("w", 6, 9)
	f, err := hh.FromDense(floats32(w), 6, 9)
	if err != nil {
		t.Fatal(err)
	}
	l, err := hh.NewLayer(dev, hh.LayerConfig{In: 9, Out: 6, Batch: 2, Reflectors: 6, Center: 3, Radius: 2.99})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i := range f.Sigma {
		f.Sigma[i] = 2 + float32(i)/4
	}
	if err := l.Set(f); err != nil {
		t.Fatal(err)
	}
	v := newValues(t, executor{}, dev)
	defer v.close()
	X := random("X", 2, 9)
	x, y := v.in(X, 0), v.out(2, 6, 0)
	ops, err := l.Forward(y, x)
	if err != nil {
		t.Fatal(err)
	}
	v.run(ops...)
	near(t, "y", v.get(y), oracle.Mul(X, dense(f).T()), 1e-5)

	f.Sigma[0] = 6
	if err := l.Set(f); !errors.Is(err, hh.ErrBand) {
		t.Errorf("σ outside the band: %v", err)
	}
	if err := l.Set(&hh.Factorization{Rows: 1, Cols: 1, Sigma: hh.Spectrum{1}}); !errors.Is(err, gpu.ErrShape) {
		t.Errorf("factors of another shape: %v", err)
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
