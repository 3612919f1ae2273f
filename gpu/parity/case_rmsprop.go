package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func rmspropCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("rmsprop", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			rmspropTrial(t, s)
		})
	}
}

func rmspropTrial(t *trial, s optimizerSpec) {
	P, V, G := t.values("P", 1, s.n), t.uniform("V", 1, s.n, 0, 1), t.values("G", 1, s.n)
	settings, groups := s.settings(), s.groups()
	norm := []float64{float64(float32(norm2(G.Data))), 1}
	if s.kind == "not finite" {
		norm = []float64{nan, 0}
	}
	hyper := make([]float64, gpu.HyperLen)
	for i, v := range settings {
		hyper[i] = float64(v)
	}
	p, v, g := t.in("P", P), t.in("V", V), t.in("G", G)
	h, nrm, grp := t.in("Hyper", row(hyper)), t.in("Norm", row(norm)), t.in("Groups", groups)
	t.one(func() gpu.Op {
		return gpu.RMSprop{P: p.view(), V: v.view(), G: g.view(), Hyper: h.view(), Norm: nrm.view(), Groups: grp.view()}
	})
	if s.kind == "not finite" {
		return // nothing may change
	}
	if s.clip > 0 && norm[0] > float64(s.clip) {
		G = mapped(G, func(x float64) float64 { return x * float64(s.clip) / norm[0] })
	}
	expectRMSprop(t, p, v, P, V, G, groups, hyper)
}

// expectRMSprop takes the oracle's step, a block of parameters after the other.
func expectRMSprop(t *trial, op, ov *operand, P, V, G, groups oracle.Matrix, hyper []float64) {
	p, v, scale := P.Clone(), V.Clone(), P.Clone()
	for b := range groups.Rows {
		lo, hi := b*gpu.GroupBlock, min((b+1)*gpu.GroupBlock, P.Cols)
		rate, decay := hyper[gpu.HyperLR]*groups.At(b, 0), groups.At(b, 1)
		opts := oracle.RMSpropOptions{Rate: rate, Alpha: hyper[gpu.HyperBeta2], Epsilon: hyper[gpu.HyperEps], Decay: decay}
		oracle.RMSprop(opts, p.Data[lo:hi], G.Data[lo:hi], v.Data[lo:hi])
		for i := lo; i < hi; i++ {
			root := math.Sqrt(v.Data[i]) + hyper[gpu.HyperEps]
			scale.Data[i] = math.Abs(P.Data[i]) + rate*(math.Abs(G.Data[i])/root+decay*math.Abs(P.Data[i]))
			if rate == 0 {
				scale.Data[i] = 0 // frozen: not even rounded
			}
		}
	}
	t.expect(op, p, scale, optimizer)
	t.expect(ov, v, v, optimizer)
}
