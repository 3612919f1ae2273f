package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// optimizerSpec is one step over n parameters.
type optimizerSpec struct {
	n    int
	clip float32
	kind string // "", "frozen" or "not finite"
	lay  layout
}

func (s optimizerSpec) String() string {
	return fmt.Sprintf("n=%d clip=%g %v %s", s.n, s.clip, s.lay, s.kind)
}

func optimizerSpecs() []optimizerSpec {
	layouts := []layout{padded, tight, wide, skewed}
	var specs []optimizerSpec
	for i, n := range append([]int{33, 0, 63, 64, 65, 1000, 70001}, sizes...) {
		for j, s := range []optimizerSpec{{clip: 0}, {clip: 0.5}, {clip: 1e6, kind: "frozen"}, {clip: 0.5, kind: "not finite"}} {
			if n == 33 && i > 0 {
				continue
			}
			s.n, s.lay = n, layouts[(i+j)%4]
			specs = append(specs, s)
		}
	}
	return specs
}

// settings returns Hyper for a step.
func (s optimizerSpec) settings() [gpu.HyperLen]float32 {
	h := [gpu.HyperLen]float32{gpu.HyperLR: 0.01, gpu.HyperBeta1: 0.9, gpu.HyperBeta2: 0.999, gpu.HyperEps: 1e-8, gpu.HyperClip: s.clip}
	h[gpu.HyperCorrect1] = float32(1 - math.Pow(float64(h[gpu.HyperBeta1]), adamStep))
	h[gpu.HyperCorrect2] = float32(1 - math.Pow(float64(h[gpu.HyperBeta2]), adamStep))
	return h
}

// groups returns (scale, decay) of every block of parameters.
func (s optimizerSpec) groups() oracle.Matrix {
	g := oracle.Zeros((s.n+gpu.GroupBlock-1)/gpu.GroupBlock, 2)
	for i := range g.Rows {
		scale, decay := float32(1)/float32(1+i%3), float32(0.1)*float32(i%2)
		if s.kind == "frozen" && i%2 == 0 {
			scale = 0
		}
		g.Set(i, 0, float64(scale))
		g.Set(i, 1, float64(decay))
	}
	return g
}

func optimizerTrial(t *trial, s optimizerSpec, adam bool) {
	P, M, G := t.values("P", 1, s.n), t.values("M", 1, s.n), t.values("G", 1, s.n)
	V := t.uniform("V", 1, s.n, 0, 1)
	settings, groups := s.settings(), s.groups()
	norm := []float64{float64(float32(norm2(G.Data))), 1}
	if s.kind == "not finite" {
		norm = []float64{nan, 0}
		if s.n > 0 {
			G.Data[s.n/2] = nan
		}
	}
	hyper := make([]float64, gpu.HyperLen)
	for i, v := range settings {
		hyper[i] = float64(v)
	}
	p, m, g := t.in("P", P), t.in("M", M), t.in("G", G)
	h, nrm, grp := t.in("Hyper", row(hyper)), t.in("Norm", row(norm)), t.in("Groups", groups)
	var v *operand
	if adam {
		v = t.in("V", V)
	}
	t.one(func() gpu.Op {
		if adam {
			return gpu.Adam{P: p.view(), M: m.view(), V: v.view(), G: g.view(), Hyper: h.view(), Norm: nrm.view(), Groups: grp.view()}
		}
		return gpu.SGD{P: p.view(), M: m.view(), G: g.view(), Hyper: h.view(), Norm: nrm.view(), Groups: grp.view()}
	})
	if s.kind == "not finite" {
		return // nothing may change
	}
	factor := 1.0
	if s.clip > 0 && norm[0] > float64(s.clip) {
		factor = float64(s.clip) / norm[0]
	}
	clipped := mapped(G, func(x float64) float64 { return x * factor })
	if adam {
		expectAdam(t, [3]*operand{p, m, v}, P, M, V, clipped, groups, hyper)
	} else {
		expectSGD(t, p, m, P, M, clipped, groups, hyper)
	}
}
