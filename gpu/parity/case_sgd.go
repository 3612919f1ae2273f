package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(sgdCases, Tolerance{Op: "sgd", C: 1, K: "16",
		Scale: "M: |μm| + |g|; P: |p| + lr·scale·(that of M + decay·|p|)",
		Why:   "a division and a few products and sums"})
}

func sgdCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("sgd", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			sgdTrial(t, s)
		})
	}
}

// sgdTrial takes the oracle's step, a block of parameters after the other.
func sgdTrial(t *trial, s optimizerSpec) {
	o, M := t.optimizer(s), t.values("M", 1, s.n)
	m := t.in("M", M)
	t.one(func() gpu.Op {
		return gpu.SGD{P: o.p.view(), M: m.view(), G: o.g.view(), Hyper: o.hyper.view(), Norm: o.norm.view(), Groups: o.groups.view()}
	})
	if o.idle {
		return
	}
	wantP, wantM, scaleM, scaleP := o.P.Clone(), M.Clone(), M.Clone(), o.P.Clone()
	momentum := o.settings[gpu.HyperBeta1]
	o.blocks(func(lo, hi int, rate, decay float64) {
		oracle.SGD(oracle.SGDOptions{Rate: rate, Momentum: momentum, Decay: decay}, wantP.Data[lo:hi], o.G.Data[lo:hi], wantM.Data[lo:hi])
		for i := lo; i < hi; i++ {
			scaleM.Data[i] = momentum*math.Abs(M.Data[i]) + math.Abs(o.G.Data[i])
			scaleP.Data[i] = moved(o.P.Data[i], rate, decay, scaleM.Data[i])
		}
	})
	t.expect(o.p, wantP, scaleP, epilogue)
	t.expect(m, wantM, scaleM, epilogue)
}
