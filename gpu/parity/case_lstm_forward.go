package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(lstmForwardCases, Tolerance{Op: "lstm_forward", C: 1, K: "n + k + 16",
		Scale: "the errors of step t: γ_{n+k} of |W||h_{t−1}| + |z_t| through the gates' slopes, 16 roundings of each gate and state; and 8 times what random errors of that size in all earlier steps grow into",
		Why:   "errors of a step are carried by the derivatives of the later ones, in which they do not add up like norms"})
}

func lstmForwardCases(l *list) {
	add := func(short bool, s gatedSpec) {
		l.add("lstm_forward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			lstmForwardTrial(t, s)
		})
	}
	forms := []string{"Z", "X", "in place", "no gates"}
	gatedSpecs(forms, add)
	maskedSpecs(forms, add)
}

func lstmForwardTrial(t *trial, s gatedSpec) {
	rows, n := s.t*s.b, s.n
	W, H0, C0 := t.gated("W", 4, n), t.values("H0", s.b, n), t.values("C0", s.b, n)
	in := t.gatedInput(s, 4*n)
	unset := filled(rows, n, nan)
	h, c, w := t.in("H", below(H0, unset)), t.in("C", below(C0, unset)), t.in("W", W)
	g := in.z
	switch s.form {
	case "Z", "X":
		g = t.out("G", rows, 4*n)
	case "no gates":
		g = nil
	}
	mask, M := t.mask(s.masked, s.b, n)
	var masked *operand
	if s.masked && !s.bare {
		masked = t.out("Masked", rows, n)
	}
	t.one(func() gpu.Op {
		return gpu.LSTMForward{H: h.view(), C: c.view(), G: g.view(), W: w.view(), Z: in.z.view(), X: in.x.view(), Wx: in.wx.view(), Bias: in.bias.view(),
			Mask: mask.view(), Masked: masked.view(), T: s.t, B: s.b}
	})
	states := oracle.MaskedLSTMForward(W, H0, C0, in.Z, M)
	k := n + s.k + epilogue
	scale := t.lstmForwardScale(W, H0, C0, M, states, in.size, k)
	t.exactRows(h, 0, H0)
	t.exactRows(c, 0, C0)
	t.expectRows(h, s.b, states.H, scale.H, k)
	t.expectRows(c, s.b, states.C, scale.C, k)
	t.expectMasked(masked, M, H0, states.H, scale.H, k)
	if g != nil {
		t.expect(g, states.G, scale.G, k)
	}
}

// gatedInput is what comes into a recurrence with gates from outside, width wide; bare leaves the bias out.
func (t *trial) gatedInput(s gatedSpec, width int) recurrentInput {
	var in recurrentInput
	if s.form != "X" && s.form != "no gates" {
		in.Z = t.values("Z", s.t*s.b, width)
		in.z, in.size = t.in("Z", in.Z), abs(in.Z)
		return in
	}
	X, Wx, Bias := t.values("X", s.t*s.b, s.k), t.values("Wx", width, s.k), oracle.Zeros(1, width)
	in.x, in.wx = t.in("X", X), t.in("Wx", Wx)
	if !s.bare {
		Bias = t.values("Bias", 1, width)
		in.bias = t.in("Bias", Bias)
	}
	in.Z, in.size = affine(X, Wx, Bias), affine(abs(X), abs(Wx), abs(Bias))
	return in
}
