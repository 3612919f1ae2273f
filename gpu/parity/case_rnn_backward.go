package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(rnnBackwardCases, Tolerance{Op: "rnn_backward", C: 1, K: "n + 16",
		Scale: "s_t = ‖W‖·s_{t+1} + ‖|dh_t| + |W|ᵀ|δ_{t+1}|‖, a row's 2-norm",
		Why:   "as forward"})
}

func rnnBackwardCases(l *list) {
	rnnSpecs([]string{"every step", "last step", "in place"}, func(short bool, s rnnSpec) {
		l.add("rnn_backward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			rnnBackwardTrial(t, s)
		})
	})
}

func rnnBackwardTrial(t *trial, s rnnSpec) {
	W, H0 := t.recurrent("W", s.n, radius), t.values("H0", s.b, s.n)
	act := t.activation(s.act, s.n)
	mask, M := t.backwardMask(s)
	H := round(oracle.MaskedRNNForward(act.truth, W, H0, t.values("Z", s.t*s.b, s.n), M))
	given, DH := t.outerGradient(s)
	w, h, dh := t.in("W", W), t.in("H", s.given(H0, H, M)), t.in("DH", given)
	delta := dh
	if s.form != "in place" {
		delta = t.out("Delta", s.t*s.b, s.n)
	}
	var dh0 *operand
	if !s.bare {
		dh0 = t.out("DH0", s.b, s.n)
	}
	dunit := act.unitGradient(t, s.b, s.n, !s.bare)
	t.one(func() gpu.Op {
		return gpu.RNNBackward{Delta: delta.view(), W: w.view(), H: h.view(), DH: dh.view(), DH0: dh0.view(), T: s.t, B: s.b, DUnit: dunit.view(), Mask: mask.view(), Act: act.bind()}
	})
	g := oracle.MaskedRNNBackward(act.truth, W, H0, H, DH, M)
	scale, scale0 := backwardScale(W, g.Delta, DH, s.b)
	t.expect(delta, g.Delta, scale, s.n+epilogue)
	if dh0 != nil {
		t.expect(dh0, g.DH0, scale0, s.n+epilogue)
	}
	if dunit != nil {
		t.expect(dunit, g.DUnit, sumOverSteps(hadamard(scale, act.unitSize(H)), s.b), s.n+s.t+epilogue)
	}
}

// sumOverSteps returns Σ_t of the b rows of each time step.
func sumOverSteps(m oracle.Matrix, b int) oracle.Matrix {
	sum := oracle.Zeros(b, m.Cols)
	for lo := 0; lo < m.Rows; lo += b {
		sum = oracle.Add(sum, m.Slice(lo, lo+b))
	}
	return sum
}

// backwardScale returns s_t = ‖W‖ s_{t+1} + ‖|dh_t| + |W|ᵀ|δ_{t+1}|‖ for every row of δ, and the like for DH0.
func backwardScale(W, delta, DH oracle.Matrix, b int) (scale, scale0 oracle.Matrix) {
	scale, scale0 = oracle.Zeros(delta.Rows, delta.Cols), oracle.Zeros(b, delta.Cols)
	absW := abs(W)
	carried := make([]float64, b)
	later := oracle.Zeros(b, delta.Cols)
	for lo := delta.Rows - b; lo >= 0 && b > 0; lo -= b {
		local := oracle.Add(abs(DH.Slice(lo, lo+b)), later)
		for i := range b {
			carried[i] = norm2(local.Row(i)) + (1+2*radius)*carried[i]
			fill(scale.Row(lo+i), carried[i])
		}
		later = oracle.Mul(abs(delta.Slice(lo, lo+b)), absW)
	}
	for i := range b {
		fill(scale0.Row(i), norm2(later.Row(i))+(1+2*radius)*carried[i])
	}
	return scale, scale0
}
