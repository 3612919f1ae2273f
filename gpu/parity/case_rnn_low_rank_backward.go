package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(lowRankBackwardCases, Tolerance{Op: "rnn_low_rank_backward", C: 1, K: "n + r + 16",
		Scale: "as rnn_backward with |D| + |L|ᵀ|R| for |W|; e_t: ‖|L||δ_t|‖ + s_t",
		Why:   "as forward"})
}

func lowRankBackwardCases(l *list) {
	lowRankSpecs([]string{"every step", "last step", "in place"}, func(short bool, s rnnSpec, rank int) {
		l.add("rnn_low_rank_backward", fmt.Sprintf("%v r=%d", s, rank), short, func(t *trial) {
			t.lay = s.lay
			lowRankBackwardTrial(t, s, rank)
		})
	})
}

func lowRankBackwardTrial(t *trial, s rnnSpec, rank int) {
	f, H0 := t.factors(rank, s.n), t.values("H0", s.b, s.n)
	act := t.activation(s.act, s.n)
	mask, M := t.backwardMask(s)
	H := round(oracle.MaskedRNNForward(act.truth, f.W, H0, t.values("Z", s.t*s.b, s.n), M))
	given, DH := t.outerGradient(s)
	h, dh := t.in("H", s.given(H0, H, M)), t.in("DH", given)
	delta := dh
	if s.form != "in place" {
		delta = t.out("Delta", s.t*s.b, s.n)
	}
	var dh0, e *operand
	if !s.bare {
		dh0, e = t.out("DH0", s.b, s.n), t.out("E", s.t*s.b, rank)
	}
	dunit := act.unitGradient(t, s.b, s.n, !s.bare)
	t.one(func() gpu.Op {
		return gpu.RNNLowRankBackward{Delta: delta.view(), E: e.view(), D: f.d.view(), L: f.l.view(), R: f.r.view(), H: h.view(),
			DH: dh.view(), DH0: dh0.view(), T: s.t, B: s.b, DUnit: dunit.view(), Mask: mask.view(), Act: act.bind()}
	})
	g := oracle.MaskedRNNBackward(act.truth, f.W, H0, H, DH, M)
	scale, scale0 := backwardScale(f.size, g.Delta, DH, s.b)
	k := s.n + rank + epilogue
	t.expect(delta, g.Delta, scale, k)
	if dunit != nil {
		t.expect(dunit, g.DUnit, sumOverSteps(hadamard(scale, act.unitSize(H)), s.b), k+s.t)
	}
	if e != nil {
		t.expect(dh0, g.DH0, scale0, k)
		t.expect(e, oracle.Mul(g.Delta, f.L.T()), coefficientScale(f.L, g.Delta, scale), k)
	}
}
