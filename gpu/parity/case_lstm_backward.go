package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(lstmBackwardCases, Tolerance{Op: "lstm_backward", C: 1, K: "n + 16",
		Scale: "as forward, with |dh_t| + |W|ᵀ|δ_{t+1}| and |dc_{t+1}|, carried by the transposed derivatives",
		Why:   "as forward"})
}

func lstmBackwardCases(l *list) {
	add := func(short bool, s gatedSpec) {
		l.add("lstm_backward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			lstmBackwardTrial(t, s)
		})
	}
	forms := []string{"every step", "last step", "in place"}
	gatedSpecs(forms, add)
	maskedSpecs(forms, add)
}

func lstmBackwardTrial(t *trial, s gatedSpec) {
	rows, n := s.t*s.b, s.n
	W, H0, C0 := t.gated("W", 4, n), t.values("H0", s.b, n), t.values("C0", s.b, n)
	mask, M := t.mask(s.masked, s.b, n)
	states := oracle.MaskedLSTMForward(W, H0, C0, t.values("Z", rows, 4*n), M)
	states.C, states.G = round(states.C), round(states.G)
	given, DH := t.outerGradient(rnnSpec{t: s.t, b: s.b, n: n, form: s.form})
	w, g, c, dh := t.in("W", W), t.in("G", states.G), t.in("C", below(C0, states.C)), t.in("DH", given)
	dz := g
	if s.form != "in place" {
		dz = t.out("DZ", rows, 4*n)
	}
	var dh0, dc0 *operand
	if !s.bare {
		dh0, dc0 = t.out("DH0", s.b, n), t.out("DC0", s.b, n)
	}
	t.one(func() gpu.Op {
		return gpu.LSTMBackward{DZ: dz.view(), W: w.view(), G: g.view(), C: c.view(), DH: dh.view(), DH0: dh0.view(), DC0: dc0.view(), Mask: mask.view(), T: s.t, B: s.b}
	})
	d := oracle.MaskedLSTMBackward(W, C0, states, DH, M)
	k := n + epilogue
	scale, scaleH, scaleC := t.lstmBackwardScale(W, C0, M, states, d, DH, k)
	t.expect(dz, d.DZ, scale, k)
	if !s.bare {
		t.expect(dh0, d.DH0, scaleH, k)
		t.expect(dc0, d.DC0, scaleC, k)
	}
}
