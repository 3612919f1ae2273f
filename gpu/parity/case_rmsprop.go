package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(rmspropCases, Tolerance{Op: "rmsprop", C: 1, K: "32",
		Scale: "V: its value; P: |p| + lr·scale·(|g| over √V + ε, + decay·|p|)",
		Why:   "a root, two divisions and a dozen products and sums"})
}

func rmspropCases(l *list) {
	for i, s := range optimizerSpecs() {
		l.add("rmsprop", s.String(), i < 8 || s.n == 65, func(t *trial) {
			t.lay = s.lay
			rmspropTrial(t, s)
		})
	}
}

// rmspropTrial takes the oracle's step, a block of parameters after the other.
func rmspropTrial(t *trial, s optimizerSpec) {
	o, V := t.optimizer(s), t.uniform("V", 1, s.n, 0, 1)
	v := t.in("V", V)
	t.one(func() gpu.Op {
		return gpu.RMSprop{P: o.p.view(), V: v.view(), G: o.g.view(), Hyper: o.hyper.view(), Norm: o.norm.view(), Groups: o.groups.view()}
	})
	if o.idle {
		return
	}
	wantP, wantV, scale := o.P.Clone(), V.Clone(), o.P.Clone()
	alpha, eps := o.settings[gpu.HyperBeta2], o.settings[gpu.HyperEps]
	o.blocks(func(lo, hi int, rate, decay float64) {
		oracle.RMSprop(oracle.RMSpropOptions{Rate: rate, Alpha: alpha, Epsilon: eps, Decay: decay}, wantP.Data[lo:hi], o.G.Data[lo:hi], wantV.Data[lo:hi])
		for i := lo; i < hi; i++ {
			scale.Data[i] = moved(o.P.Data[i], rate, decay, math.Abs(o.G.Data[i])/(math.Sqrt(wantV.Data[i])+eps))
		}
	})
	t.expect(o.p, wantP, scale, optimizer)
	t.expect(v, wantV, wantV, optimizer)
}
