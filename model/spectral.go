package model

import (
	"github.com/spectral-gpu/spectral-gpu/data/philox"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// spectral is a recurrence with W = U diag(σ) Vᵀ kept as reflectors and the free parameters s of σ (Zhang, Lei & Dhillon 2018).
type spectral struct {
	p       *Params
	u, v, s int // tensors; s is −1 where σ is constant
	svd     *hh.SVD
	dw      *gpu.Buffer
	n       int
}

func newSpectral(c Config, p *Params, prefix string) func(*gpu.Device) (recurrence, error) {
	sp := &spectral{p: p, n: c.Hidden}
	m, n := c.Reflectors, c.Hidden
	reflectors := func(name string) int {
		return p.add(Tensor{Name: prefix + name, Rows: m, Cols: n, LRScale: 1, Zeros: m * (m - 1) / 2, init: func(dst []float32) {
			if err := hh.InitReflectors(dst, m, n, philox.New(c.Seed, philox.Stream("init/"+prefix+name))); err != nil {
				panic(err) // the sizes are ours
			}
		}})
	}
	sp.u, sp.v = reflectors("U"), reflectors("V")
	sp.s = p.add(Tensor{Name: prefix + "s", Rows: 1, Cols: n, LRScale: 1, init: func([]float32) {}})
	return func(dev *gpu.Device) (recurrence, error) {
		params := hh.SVDParams{U: p.value(sp.u), V: p.value(sp.v), S: p.value(sp.s)}
		var err error
		if sp.svd, err = hh.NewSVD(dev, spectralConfig(c), params); err != nil {
			return nil, err
		}
		sp.dw, err = dev.NewBuffer(prefix+"dL/dW", n*n, gpu.DeviceOnly)
		return sp, err
	}
}

func spectralConfig(c Config) hh.SVDConfig {
	return hh.SVDConfig{Rows: c.Hidden, Cols: c.Hidden, ReflectorsU: c.Reflectors, ReflectorsV: c.Reflectors, Center: float32(c.Center), Radius: c.radius(), Map: gpu.SigmaBand}
}

func (s *spectral) weight() gpu.View      { return s.svd.W() }
func (s *spectral) gradient() gpu.View    { return s.dw.View(0, s.n, s.n) }
func (s *spectral) sigma() gpu.View       { return s.svd.Sigma() }
func (s *spectral) materialise() []gpu.Op { return s.svd.Materialise() }
func (s *spectral) project() []gpu.Op     { return s.svd.Project() }

// reflectors returns the reflectors of both sides (m × n each).
func (s *spectral) reflectors() []gpu.View { return []gpu.View{s.p.value(s.u), s.p.value(s.v)} }

func (s *spectral) backward() ([]gpu.Op, error) {
	return s.svd.Gradient(s.gradient(), hh.SVDParams{U: s.p.grad(s.u), V: s.p.grad(s.v), S: s.p.grad(s.s)})
}

func (s *spectral) close() {
	if s.svd != nil {
		s.svd.Close()
	}
	s.dw.Close()
}

// spectralWords returns the 32-bit words of W, dL/dW and the intermediates of one layer (see hh.SVD).
func spectralWords(c Config) int64 {
	n, m := int64(c.Hidden), int64(c.Reflectors)
	switch {
	case !c.Cell.Factored():
		return 0
	case 5*m > 2*n: // about where hh changes to its dense form
		return 2*n*n + 2*m*n + 6*n*n + 6*m*m
	}
	return 2*n*n + 10*m*n + 12*m*m
}
