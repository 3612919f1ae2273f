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

// optimizerOperands are what all optimisers share in a case.
type optimizerOperands struct {
	p, g, hyper, norm, groups *operand
	P, G, Groups              oracle.Matrix // G as it is clipped
	settings                  []float64
	idle                      bool // a gradient is not finite: nothing may change
}

// optimizer places the parameters, their gradient and what steers the step.
func (t *trial) optimizer(s optimizerSpec) optimizerOperands {
	o := optimizerOperands{P: t.values("P", 1, s.n), G: t.values("G", 1, s.n), Groups: s.groups(), idle: s.kind == "not finite"}
	norm := []float64{float64(float32(norm2(o.G.Data))), 1}
	if o.idle {
		norm = []float64{nan, 0}
		if s.n > 0 {
			o.G.Data[s.n/2] = nan
		}
	}
	for _, v := range s.settings() {
		o.settings = append(o.settings, float64(v))
	}
	o.p, o.g = t.in("P", o.P), t.in("G", o.G)
	o.hyper, o.norm, o.groups = t.in("Hyper", row(o.settings)), t.in("Norm", row(norm)), t.in("Groups", o.Groups)
	if s.clip > 0 && norm[0] > float64(s.clip) {
		o.G = mapped(o.G, func(x float64) float64 { return x * float64(s.clip) / norm[0] })
	}
	return o
}

// blocks calls f for every block of parameters lo … hi−1 with its rate and decay.
func (o optimizerOperands) blocks(f func(lo, hi int, rate, decay float64)) {
	for b := range o.Groups.Rows {
		f(b*gpu.GroupBlock, min((b+1)*gpu.GroupBlock, o.P.Cols), o.settings[gpu.HyperLR]*o.Groups.At(b, 0), o.Groups.At(b, 1))
	}
}

// moved returns the scale of a parameter that moved by rate·(step + decay·p), whose terms have the given size; one that is frozen is not
// even rounded.
func moved(p, rate, decay, step float64) float64 {
	if rate == 0 {
		return 0
	}
	return math.Abs(p) + rate*(step+decay*math.Abs(p))
}
