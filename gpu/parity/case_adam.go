package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(adamCases, Tolerance{Op: "adam", C: 1, K: "32",
		Scale: "M: |β₁m| + |(1−β₁)g|; V: its value; P: |p| + lr·scale·(that of M/c₁ over √(V/c₂) + ε, + decay·|p|)",
		Why:   "a root, three divisions and a dozen products and sums"})
}

func adamCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("adam", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			adamTrial(t, s)
		})
	}
}

const adamStep = 3 // of which the corrections are those of

// adamTrial takes the oracle's step, a block of parameters after the other.
func adamTrial(t *trial, s optimizerSpec) {
	o, M, V := t.optimizer(s), t.values("M", 1, s.n), t.uniform("V", 1, s.n, 0, 1)
	m, v := t.in("M", M), t.in("V", V)
	t.one(func() gpu.Op {
		return gpu.Adam{P: o.p.view(), M: m.view(), V: v.view(), G: o.g.view(), Hyper: o.hyper.view(), Norm: o.norm.view(), Groups: o.groups.view()}
	})
	if o.idle {
		return
	}
	wantP, wantM, wantV, scaleM, scaleP := o.P.Clone(), M.Clone(), V.Clone(), M.Clone(), o.P.Clone()
	beta1, beta2, eps := o.settings[gpu.HyperBeta1], o.settings[gpu.HyperBeta2], o.settings[gpu.HyperEps]
	o.blocks(func(lo, hi int, rate, decay float64) {
		opts := oracle.AdamOptions{Rate: rate, Beta1: beta1, Beta2: beta2, Epsilon: eps, Decay: decay}
		oracle.Adam(opts, adamStep, wantP.Data[lo:hi], o.G.Data[lo:hi], wantM.Data[lo:hi], wantV.Data[lo:hi])
		for i := lo; i < hi; i++ {
			scaleM.Data[i] = beta1*math.Abs(M.Data[i]) + (1-beta1)*math.Abs(o.G.Data[i])
			root := math.Sqrt(wantV.Data[i]/o.settings[gpu.HyperCorrect2]) + eps
			scaleP.Data[i] = moved(o.P.Data[i], rate, decay, scaleM.Data[i]/o.settings[gpu.HyperCorrect1]/root)
		}
	})
	t.expect(o.p, wantP, scaleP, optimizer)
	t.expect(m, wantM, scaleM, optimizer)
	t.expect(v, wantV, wantV, optimizer)
}
