package main

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data/philox"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// hhCases measure the Householder algebra: products of m reflectors of dimension n on a batch of B rows, each by one reflection at a
// time and by the algorithm that hh chooses; the dense Q and its gradient; and rectangular layers beside plain dense ones.
func (c *benchCmd) hhCases(dev *gpu.Device) ([]benchCase, error) {
	n := orDefault(c.N, 512)
	s := hhBench{dev: dev, n: n, batch: orDefault(c.B, 32), m: min(orDefault(c.M, n), n)}
	for _, add := range []func() error{
		func() error { return s.productAndInverse(hh.Sequential) }, func() error { return s.productAndInverse(hh.AlgorithmAuto) },
		func() error { return s.forwardBackward(hh.Sequential) }, func() error { return s.forwardBackward(hh.AlgorithmAuto) },
		func() error { return s.denseQ(false) }, func() error { return s.denseQ(true) },
		func() error { return s.layers(784, 300) }, func() error { return s.layers(300, 784) },
	} {
		if err := add(); err != nil {
			return s.cases, err
		}
	}
	return s.cases, nil
}

type hhBench struct {
	dev         *gpu.Device
	n, batch, m int
	cases       []benchCase
}

// scope gathers what a case has to close.
type scope struct {
	dev     *gpu.Device
	closers []func()
}

func (s *scope) later(f func()) { s.closers = append(s.closers, f) }

func (s *scope) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// random returns a rows × cols matrix of standard normal numbers.
func (s *scope) random(name string, rows, cols int) (gpu.View, error) {
	b, err := s.dev.NewBuffer(name, rows*cols, gpu.DeviceOnly)
	if err != nil {
		return gpu.View{}, err
	}
	s.later(b.Close)
	values := make([]float32, rows*cols)
	src := philox.New(1, philox.Stream("bench/"+name))
	for i := range values {
		values[i] = float32(src.Normal())
	}
	return b.View(0, rows, cols), b.Write(0, values)
}

// reflectors returns m reflectors of length n.
func (s *scope) reflectors(name string, m, n int) (gpu.View, error) {
	v, err := s.random(name, m, n)
	if err != nil {
		return v, err
	}
	values := make([]float32, m*n)
	if err := hh.InitReflectors(values, m, n, philox.New(1, philox.Stream(name))); err != nil {
		return v, err
	}
	return v, gpu.WriteView(v, values)
}

// add compiles the operations as a case; on any error everything of the case is closed.
func (b *hhBench) add(s *scope, line map[string]any, label string, ops []gpu.Op) error {
	p, err := b.dev.Compile(label, ops...)
	if err != nil {
		s.close()
		return err
	}
	s.later(p.Close)
	line["dispatches"] = p.Stats().Dispatches
	b.cases = append(b.cases, benchCase{line: line, label: label, flops: p.Cost().Flops, run: p.Run, close: s.close})
	return nil
}

// views calls make for every view in turn and stops at the first error, closing the scope.
func (s *scope) views(makers ...func() error) error {
	for _, m := range makers {
		if err := m(); err != nil {
			s.close()
			return err
		}
	}
	return nil
}

// productAndInverse is Y = W X and X' = W⁻¹ Y for W = Q(U) Σ Q(V)ᵀ, n × n.
func (b *hhBench) productAndInverse(a hh.Algorithm) error {
	s := &scope{dev: b.dev}
	var p hh.SVDParams
	var x, y, z gpu.View
	var f *hh.Factored
	var forward, inverse []gpu.Op
	cfg := hh.SVDConfig{Rows: b.n, Cols: b.n, ReflectorsU: b.m, ReflectorsV: b.m, Center: 1, Radius: 0.1, ForwardOnly: true}
	err := s.views(
		func() (err error) { p.U, err = s.reflectors("U", b.m, b.n); return },
		func() (err error) { p.V, err = s.reflectors("V", b.m, b.n); return },
		func() (err error) { p.S, err = s.random("s", 1, b.n); return },
		func() (err error) { x, err = s.random("X", b.batch, b.n); return },
		func() (err error) { y, err = s.random("Y", b.batch, b.n); return },
		func() (err error) { z, err = s.random("Z", b.batch, b.n); return },
		func() (err error) {
			if f, err = hh.NewFactored(b.dev, cfg, b.batch, a, p); err == nil {
				s.later(f.Close)
			}
			return
		},
		func() (err error) { forward, err = f.Forward(y, x); return },
		func() (err error) { inverse, err = f.Inverse(z, y); return })
	if err != nil {
		return err
	}
	return b.add(s, b.line("product+inverse", a), fmt.Sprintf("product and inverse n=%d m=%d B=%d %v", b.n, b.m, b.batch, a),
		append(append(f.Prepare(), forward...), inverse...))
}

// forwardBackward is Y = Q X with its gradient to X and the reflectors.
func (b *hhBench) forwardBackward(a hh.Algorithm) error {
	s := &scope{dev: b.dev}
	var u, du, x, y, dy gpu.View
	var p *hh.Product
	var forward, backward []gpu.Op
	err := s.views(
		func() (err error) { u, err = s.reflectors("U", b.m, b.n); return },
		func() (err error) { du, err = s.random("dU", b.m, b.n); return },
		func() (err error) { x, err = s.random("X", b.batch, b.n); return },
		func() (err error) { y, err = s.random("Y", b.batch, b.n); return },
		func() (err error) { dy, err = s.random("dY", b.batch, b.n); return },
		func() (err error) {
			if p, err = hh.NewProduct(b.dev, hh.ProductConfig{Batch: b.batch, Dim: b.n, Reflectors: b.m, Algorithm: a}, u); err == nil {
				s.later(p.Close)
			}
			return
		},
		func() (err error) { forward, err = p.Apply(y, x, false); return },
		func() (err error) { backward, err = p.Backward(dy, du, dy, y, false); return })
	if err != nil {
		return err
	}
	return b.add(s, b.line("forward+backward", p.Config().Algorithm), fmt.Sprintf("forward and backward n=%d m=%d B=%d %v", b.n, b.m, b.batch, p.Config().Algorithm),
		append(append(p.Prepare(), forward...), backward...))
}

// denseQ is the n × n matrix Q, or its gradient alone.
func (b *hhBench) denseQ(gradient bool) error {
	s := &scope{dev: b.dev}
	var u, du, dq gpu.View
	var d *hh.DenseQ
	var ops []gpu.Op
	err := s.views(
		func() (err error) { u, err = s.reflectors("U", b.m, b.n); return },
		func() (err error) { du, err = s.random("dU", b.m, b.n); return },
		func() (err error) { dq, err = s.random("dQ", b.n, b.n); return },
		func() (err error) {
			if d, err = hh.NewDenseQ(b.dev, u, false); err == nil {
				s.later(d.Close)
			}
			return
		},
		func() (err error) { ops, err = d.Gradient(dq, du); return })
	if err != nil {
		return err
	}
	name := "dense Q gradient"
	if !gradient {
		name, ops = "dense Q", d.Materialise()
	}
	line := map[string]any{"case": name, "n": b.n, "m": b.m}
	return b.add(s, line, fmt.Sprintf("%s n=%d m=%d", name, b.n, b.m), ops)
}

func (b *hhBench) line(name string, a hh.Algorithm) map[string]any {
	return map[string]any{"case": name, "algorithm": a.String(), "n": b.n, "m": b.m, "B": b.batch}
}

// layerBatch and layerReflectors are the sizes of the rectangular layers.
const (
	layerBatch      = 128
	layerReflectors = 16
)

// layers are y = W x with gradients to x and the parameters: a spectral layer and a plain dense one.
func (b *hhBench) layers(in, out int) error {
	s := &scope{dev: b.dev}
	var x, y, dx, dy gpu.View
	var l *hh.Layer
	var forward, backward []gpu.Op
	err := s.views(
		func() (err error) { x, err = s.random("x", layerBatch, in); return },
		func() (err error) { y, err = s.random("y", layerBatch, out); return },
		func() (err error) { dx, err = s.random("dx", layerBatch, in); return },
		func() (err error) { dy, err = s.random("dy", layerBatch, out); return },
		func() (err error) {
			l, err = hh.NewLayer(b.dev, hh.LayerConfig{In: in, Out: out, Batch: layerBatch, Reflectors: layerReflectors, Center: 1, Radius: 0.1, Bias: true})
			if err == nil {
				s.later(l.Close)
			}
			return
		},
		func() error { return l.Init(1, true) },
		func() (err error) { forward, err = l.Forward(y, x); return },
		func() (err error) { backward, err = l.Backward(dx, dy, y, x); return })
	if err != nil {
		return err
	}
	line := map[string]any{"case": "layer", "algorithm": "spectral", "in": in, "out": out, "B": layerBatch, "m": layerReflectors}
	if err := b.add(s, line, fmt.Sprintf("layer %d×%d spectral m=%d B=%d", out, in, layerReflectors, layerBatch), append(forward, backward...)); err != nil {
		return err
	}
	return b.plainLayer(in, out)
}

func (b *hhBench) plainLayer(in, out int) error {
	s := &scope{dev: b.dev}
	var x, y, dx, dy, w, dw, bias, db gpu.View
	err := s.views(
		func() (err error) { x, err = s.random("x", layerBatch, in); return },
		func() (err error) { y, err = s.random("y", layerBatch, out); return },
		func() (err error) { dx, err = s.random("dx", layerBatch, in); return },
		func() (err error) { dy, err = s.random("dy", layerBatch, out); return },
		func() (err error) { w, err = s.random("w", out, in); return },
		func() (err error) { dw, err = s.random("dw", out, in); return },
		func() (err error) { bias, err = s.random("bias", 1, out); return },
		func() (err error) { db, err = s.random("db", 1, out); return })
	if err != nil {
		return err
	}
	line := map[string]any{"case": "layer", "algorithm": "dense", "in": in, "out": out, "B": layerBatch}
	return b.add(s, line, fmt.Sprintf("layer %d×%d dense B=%d", out, in, layerBatch), []gpu.Op{
		gpu.Gemm{C: y, A: x, B: w, TransB: true, Alpha: 1, Bias: bias},
		gpu.Gemm{C: dx, A: dy, B: w, Alpha: 1},
		gpu.Gemm{C: dw, A: dy, TransA: true, B: x, Alpha: 1},
		gpu.ColDot{Out: db, A: dy, Alpha: 1},
	})
}
