package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(lowRankForwardCases, Tolerance{Op: "rnn_low_rank_forward", C: 1, K: "n + r + k + 16",
		Scale: "as rnn_forward with |D| + |L|ᵀ|R| for |W|; c_t: ‖|R||h_{t−1}|‖ + s_{t−1}",
		Why:   "γ_n of c and γ_r of Lᵀc made at each step"})
}

func lowRankForwardCases(l *list) {
	lowRankSpecs([]string{"Z", "X", "in place"}, func(short bool, s rnnSpec, rank int) {
		l.add("rnn_low_rank_forward", fmt.Sprintf("%v r=%d", s, rank), short, func(t *trial) {
			t.lay = s.lay
			lowRankForwardTrial(t, s, rank)
		})
	})
}

func lowRankForwardTrial(t *trial, s rnnSpec, rank int) {
	f, H0 := t.factors(rank, s.n), t.values("H0", s.b, s.n)
	in, act := t.recurrentInput(s), t.activation(s.act, s.n)
	h := t.in("H", below(H0, in.states))
	var c *operand
	if !s.bare {
		c = t.out("C", s.t*s.b, rank)
	}
	mask, M := t.mask(s.masked, s.b, s.n)
	masked := t.maskedStates(s, h)
	t.one(func() gpu.Op {
		op := gpu.RNNLowRankForward{H: h.view(), D: f.d.view(), L: f.l.view(), R: f.r.view(), C: c.view(),
			Z: in.z.view(), X: in.x.view(), Wx: in.wx.view(), Bias: in.bias.view(), Mask: mask.view(), Masked: masked.view(), T: s.t, B: s.b, Act: act.bind()}
		if s.form == "in place" {
			op.Z = op.States()
		}
		return op
	})
	H := oracle.MaskedRNNForward(act.truth, f.W, H0, in.Z, M)
	scale, k := forwardScale(f.size, H0, H, in.size, s.b), s.n+rank+s.k+epilogue
	t.expectStates(s, h, masked, M, H0, H, scale, k)
	if c != nil {
		previous, carried := below(H0, H).Slice(0, s.t*s.b), below(oracle.Zeros(s.b, s.n), scale).Slice(0, s.t*s.b)
		previous = repeated(previous, M)
		t.expect(c, oracle.Mul(previous, f.R.T()), coefficientScale(f.R, previous, carried), k)
	}
}
