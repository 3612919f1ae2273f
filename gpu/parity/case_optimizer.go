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

func adamCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("adam", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			optimizerTrial(t, s, true)
		})
	}
}

func sgdCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("sgd", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			optimizerTrial(t, s, false)
		})
	}
}

const adamStep = 3 // of which the corrections are those of

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

// expectAdam takes the oracle's step, a block of parameters after the other.
func expectAdam(t *trial, o [3]*operand, P, M, V, G, groups oracle.Matrix, hyper []float64) {
	p, m, v, scaleM, scaleP := P.Clone(), M.Clone(), V.Clone(), M.Clone(), P.Clone()
	beta1, beta2 := hyper[gpu.HyperBeta1], hyper[gpu.HyperBeta2]
	for b := range groups.Rows {
		lo, hi := b*gpu.GroupBlock, min((b+1)*gpu.GroupBlock, P.Cols)
		rate, decay := hyper[gpu.HyperLR]*groups.At(b, 0), groups.At(b, 1)
		opts := oracle.AdamOptions{Rate: rate, Beta1: beta1, Beta2: beta2, Epsilon: hyper[gpu.HyperEps], Decay: decay}
		oracle.Adam(opts, adamStep, p.Data[lo:hi], G.Data[lo:hi], m.Data[lo:hi], v.Data[lo:hi])
		for i := lo; i < hi; i++ {
			scaleM.Data[i] = beta1*math.Abs(M.Data[i]) + (1-beta1)*math.Abs(G.Data[i])
			root := math.Sqrt(v.Data[i]/hyper[gpu.HyperCorrect2]) + hyper[gpu.HyperEps]
			scaleP.Data[i] = math.Abs(P.Data[i]) + rate*(scaleM.Data[i]/hyper[gpu.HyperCorrect1]/root+decay*math.Abs(P.Data[i]))
			if rate == 0 {
				scaleP.Data[i] = 0 // frozen: not even rounded
			}
		}
	}
	t.expect(o[0], p, scaleP, optimizer)
	t.expect(o[1], m, scaleM, optimizer)
	t.expect(o[2], v, v, optimizer)
}

// expectSGD takes the oracle's step, a block of parameters after the other.
func expectSGD(t *trial, op, om *operand, P, M, G, groups oracle.Matrix, hyper []float64) {
	p, m, scaleM, scaleP := P.Clone(), M.Clone(), M.Clone(), P.Clone()
	for b := range groups.Rows {
		lo, hi := b*gpu.GroupBlock, min((b+1)*gpu.GroupBlock, P.Cols)
		rate, decay := hyper[gpu.HyperLR]*groups.At(b, 0), groups.At(b, 1)
		oracle.SGD(oracle.SGDOptions{Rate: rate, Momentum: hyper[gpu.HyperBeta1], Decay: decay}, p.Data[lo:hi], G.Data[lo:hi], m.Data[lo:hi])
		for i := lo; i < hi; i++ {
			scaleM.Data[i] = hyper[gpu.HyperBeta1]*math.Abs(M.Data[i]) + math.Abs(G.Data[i])
			scaleP.Data[i] = math.Abs(P.Data[i]) + rate*(scaleM.Data[i]+decay*math.Abs(P.Data[i]))
			if rate == 0 {
				scaleP.Data[i] = 0 // frozen: not even rounded
			}
		}
	}
	t.expect(op, p, scaleP, epilogue)
	t.expect(om, m, scaleM, epilogue)
}
