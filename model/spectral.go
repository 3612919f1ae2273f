package model

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// spectral is a recurrence with W = U diag(σ) Vᵀ kept as reflectors and the free parameters s of σ (Zhang, Lei & Dhillon 2018). With
// many reflectors W is formed once a step; with few it stays diagonal plus low rank, and the time steps take the factors.
type spectral struct {
	p       *Params
	u, v, s int // tensors
	svd     *hh.SVD
	dw      *gpu.Buffer // dL/dW, where W is formed
	coeffs  *gpu.Buffer // c_t and e_t of all steps (gpu.RNNLowRankForward), where it is not
	c       Config
}

func newSpectral(c Config, p *Params, prefix string) func(*gpu.Device, gpu.View) (recurrence, error) {
	sp := &spectral{p: p, c: c}
	m, n := c.Reflectors, c.Hidden
	reflectors := func(name string) int {
		return p.add(Tensor{Name: prefix + name, Joined: name == "V", Rows: m, Cols: n, LRScale: 1, Zeros: m * (m - 1) / 2, init: func(dst []float32) {
			if err := hh.InitReflectors(dst, m, n, philox.New(c.Seed, philox.Stream("init/"+prefix+name))); err != nil {
				panic(err) // the sizes are ours
			}
		}})
	}
	sp.u, sp.v = reflectors("U"), reflectors("V")
	sp.s = p.add(Tensor{Name: prefix + "s", Rows: 1, Cols: n, LRScale: 1, init: func([]float32) {}})
	return func(dev *gpu.Device, sigma gpu.View) (recurrence, error) {
		params := hh.SVDParams{U: p.value(sp.u), V: p.value(sp.v), S: p.value(sp.s)}
		var err error
		if sp.svd, err = hh.NewSVDAt(dev, spectralConfig(c), params, sigma); err != nil {
			return nil, err
		}
		if c.inFactors() {
			sp.coeffs, err = dev.NewBuffer(fmt.Sprintf("%scoefficients (T=%d B=%d m=%d)", prefix, c.Steps, c.Batch, m), int(coefficientWords(c)), gpu.DeviceOnly)
		} else {
			sp.dw, err = dev.NewBuffer(prefix+"dL/dW", n*n, gpu.DeviceOnly)
		}
		if err != nil {
			sp.close()
			return nil, err
		}
		return sp, nil
	}
}

func spectralConfig(c Config) hh.SVDConfig {
	form := hh.FormAuto
	if c.inFactors() {
		form = hh.FormFactors
	}
	return hh.SVDConfig{Rows: c.Hidden, Cols: c.Hidden, ReflectorsU: c.Reflectors, ReflectorsV: c.Reflectors, Center: float32(c.Center), Radius: c.radius(),
		Map: gpu.SigmaBand, Form: form}
}

func (s *spectral) sigma() gpu.View   { return s.svd.Sigma() }
func (s *spectral) prepare() []gpu.Op { return s.svd.Materialise() }
func (s *spectral) project() []gpu.Op { return s.svd.Project() }

// reflectors returns the reflectors of both sides (m × n each).
func (s *spectral) reflectors() []gpu.View { return []gpu.View{s.p.value(s.u), s.p.value(s.v)} }

func (s *spectral) forward(l *layerRun, gradient bool) []gpu.Op {
	if !s.c.inFactors() {
		return []gpu.Op{l.forwardBy(s.svd.W())}
	}
	f := s.svd.Factors()
	op := gpu.RNNLowRankForward{H: l.h, D: f.D, L: f.L, R: f.R, X: l.x, Wx: l.wx, Bias: l.bias, T: l.steps, B: l.batch, Act: l.act}
	if gradient {
		op.C, _ = s.coefficients()
	}
	return []gpu.Op{op}
}

func (s *spectral) backward(l *layerRun) ([]gpu.Op, error) {
	grads := hh.SVDParams{U: s.p.grad(s.u), V: s.p.grad(s.v), S: s.p.grad(s.s)}
	if !s.c.inFactors() {
		dw := s.dw.View(0, s.c.Hidden, s.c.Hidden)
		more, err := s.svd.Gradient(dw, grads)
		return append(l.backwardBy(s.svd.W(), dw), more...), err
	}
	f, g := s.svd.Factors(), s.svd.FactorGradients()
	c, e := s.coefficients()
	step := l.gradient()
	step.DDiag = g.D
	more, err := s.svd.FactorGradient(grads)
	ops := []gpu.Op{
		gpu.RNNLowRankBackward{Delta: l.delta, E: e, D: f.D, L: f.L, R: f.R, H: l.h, DH: l.dh, DH0: l.dh0, T: l.steps, B: l.batch, Act: l.act},
		step,
	}
	left := gpu.Gemm{C: g.L, A: c, TransA: true, B: l.delta, Alpha: 1}
	right := gpu.Gemm{C: g.R, A: e, TransA: true, B: step.Previous(), Alpha: 1}
	if both, ok := left.Join(right); ok {
		ops = append(ops, both)
	} else {
		ops = append(ops, left, right)
	}
	return append(ops, more...), err
}

// coefficients returns the memory of c_t and e_t, T·B × 2m each.
func (s *spectral) coefficients() (c, e gpu.View) {
	rows, rank := s.c.Steps*s.c.Batch, 2*s.c.Reflectors
	return s.coeffs.View(0, rows, rank), s.coeffs.View(rows*rank, rows, rank)
}

func (s *spectral) close() {
	if s.svd != nil {
		s.svd.Close()
	}
	s.dw.Close()
	s.coeffs.Close()
}

// formOn returns the form that FormAuto stands for on a kind of device, or the one that was asked for. The bounds are measured: on the
// CPU executor both forms take the same time at 2m = 3n/8 (n from 128 to 1,024), and factors are the faster on lavapipe too. On a
// graphics processor they are taken from n = 256 on: below, W stays in the registers of a work group, and in factors a time step has
// two dependent products, of which each waits for the other.
func (c Config) formOn(kind gpu.Kind) Form {
	onProcessor := kind == gpu.CPU || kind == gpu.SoftwareGPU
	switch {
	case !c.Cell.Factored() || c.Form == FormMatrix:
		return FormMatrix
	case c.Form == FormFactors || c.fewReflectors() && (onProcessor || c.Hidden >= 256):
		return FormFactors
	}
	return FormMatrix
}

func (c Config) fewReflectors() bool { return 16*c.Reflectors <= 3*c.Hidden }

// inFactors tells whether W is not formed; FormAuto is taken as on a processor.
func (c Config) inFactors() bool { return c.formOn(gpu.CPU) == FormFactors }

// coefficientWords returns the words of c_t and e_t of one layer.
func coefficientWords(c Config) int64 {
	return 2 * int64(c.Steps) * int64(c.Batch) * 2 * int64(c.Reflectors)
}

// spectralWords returns the 32-bit words of W, dL/dW and the intermediates of one layer (see hh.SVD).
func spectralWords(c Config) int64 {
	n, m := int64(c.Hidden), int64(c.Reflectors)
	switch {
	case !c.Cell.Factored():
		return 0
	case c.inFactors():
		return coefficientWords(c) + 12*m*n + 12*m*m
	case 11*m > 4*n: // about where hh changes to its dense form
		return 2*n*n + 2*m*n + 6*n*n + 6*m*m
	}
	return 2*n*n + 12*m*n + 12*m*m
}
