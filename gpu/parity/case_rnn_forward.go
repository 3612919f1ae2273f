package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(rnnForwardCases, Tolerance{Op: "rnn_forward", C: 1, K: "n + k + 16",
		Scale: "s_t = ‖W‖·s_{t−1} + ‖|W||h_{t−1}| + |z_t|‖, a row's 2-norm",
		Why:   "γ_{n+k} made at each step, carried by a recurrence of Lipschitz constant ‖W‖"})
}

func rnnForwardCases(l *list) {
	rnnSpecs([]string{"Z", "X", "in place"}, func(short bool, s rnnSpec) {
		l.add("rnn_forward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			rnnForwardTrial(t, s)
		})
	})
	noInput := rnnSpec{t: 3, b: 4, n: 7, act: activations[3], form: "X", lay: padded}
	l.add("rnn_forward", noInput.String()+" no inputs", true, func(t *trial) {
		t.lay = noInput.lay
		rnnForwardTrial(t, noInput)
	})
}

func rnnForwardTrial(t *trial, s rnnSpec) {
	W, H0 := t.recurrent("W", s.n, radius), t.values("H0", s.b, s.n)
	in, act := t.recurrentInput(s), t.activation(s.act, s.n)
	h, w := t.in("H", below(H0, in.states)), t.in("W", W)
	mask, M := t.mask(s.masked, s.b, s.n)
	masked := t.maskedStates(s, h)
	t.one(func() gpu.Op {
		op := gpu.RNNForward{H: h.view(), W: w.view(), Z: in.z.view(), X: in.x.view(), Wx: in.wx.view(), Bias: in.bias.view(), Mask: mask.view(), Masked: masked.view(), T: s.t, B: s.b, Act: act.bind()}
		if s.form == "in place" {
			op.Z = op.States()
		}
		return op
	})
	H := oracle.MaskedRNNForward(act.truth, W, H0, in.Z, M)
	scale, k := forwardScale(W, H0, H, in.size, s.b), s.n+s.k+epilogue
	t.expectStates(s, h, masked, M, H0, H, scale, k)
}

// forwardScale returns s_t = ‖W‖ s_{t−1} + ‖|W||h_{t−1}| + |z_t|‖ for every row.
func forwardScale(W, H0, H, size oracle.Matrix, b int) oracle.Matrix {
	scale := oracle.Zeros(H.Rows, H.Cols)
	absT := abs(W).T()
	carried := make([]float64, b)
	previous := H0
	for lo := 0; lo < H.Rows; lo += b {
		local := oracle.Add(oracle.Mul(abs(previous), absT), size.Slice(lo, lo+b))
		for i := range b {
			carried[i] = norm2(local.Row(i)) + (1+2*radius)*carried[i]
			fill(scale.Row(lo+i), carried[i])
		}
		previous = H.Slice(lo, lo+b)
	}
	return scale
}
