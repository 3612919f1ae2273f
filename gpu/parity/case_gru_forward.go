package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(gruForwardCases, Tolerance{Op: "gru_forward", C: 1, K: "n + k + 16",
		Scale: "as lstm_forward, with the slopes of r, z, n and of what the reset gate lets through",
		Why:   "as lstm_forward"})
}

func gruForwardCases(l *list) {
	add := func(short bool, s gatedSpec) {
		l.add("gru_forward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			gruForwardTrial(t, s)
		})
	}
	forms := []string{"Z", "X", "in place", "no gates"}
	gatedSpecs(forms, add)
	maskedSpecs(forms, add)
}

func gruForwardTrial(t *trial, s gatedSpec) {
	rows, n := s.t*s.b, s.n
	W, H0, Hidden := t.gated("W", 3, n), t.values("H0", s.b, n), oracle.Zeros(1, n)
	h, w := t.in("H", below(H0, filled(rows, n, nan))), t.in("W", W)
	var hidden, g *operand
	if !s.bare {
		Hidden = t.values("HiddenBias", 1, n)
		hidden = t.in("HiddenBias", Hidden)
	}
	inPlace := s.form == "in place"
	var in recurrentInput
	if inPlace {
		in.Z = t.values("Z", rows, 3*n)
		in.size = abs(in.Z)
		outer := filled(rows, 4*n, nan)
		for i := range rows {
			copy(outer.Row(i), in.Z.Row(i))
		}
		g = t.in("G", outer)
	} else {
		in = t.gatedInput(s, 3*n)
	}
	if s.form == "Z" || s.form == "X" {
		g = t.out("G", rows, 4*n)
	}
	mask, M := t.mask(s.masked, s.b, n)
	var masked *operand
	if s.masked && !s.bare {
		masked = t.out("Masked", rows, n)
	}
	t.one(func() gpu.Op {
		op := gpu.GRUForward{H: h.view(), G: g.view(), W: w.view(), HiddenBias: hidden.view(), Z: in.z.view(), X: in.x.view(), Wx: in.wx.view(), Bias: in.bias.view(),
			Mask: mask.view(), Masked: masked.view(), T: s.t, B: s.b}
		if inPlace {
			op.Z = op.Outer()
		}
		return op
	})
	states := oracle.MaskedGRUForward(W, Hidden.Row(0), H0, in.Z, M)
	k := n + s.k + epilogue
	scaleH, scaleG := t.gruForwardScale(W, abs(Hidden), H0, M, states, in.size, k)
	t.exactRows(h, 0, H0)
	t.expectRows(h, s.b, states.H, scaleH, k)
	t.expectMasked(masked, M, H0, states.H, scaleH, k)
	if g != nil {
		t.expect(g, states.G, scaleG, k)
	}
}
