package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(gruBackwardCases, Tolerance{Op: "gru_backward", C: 1, K: "n + 16",
		Scale: "as lstm_backward, with |dh_{t+1}∘z_{t+1}| beside |dh_t| + |W|ᵀ|δ_{t+1}|",
		Why:   "as lstm_forward"})
}

func gruBackwardCases(l *list) {
	add := func(short bool, s gatedSpec) {
		l.add("gru_backward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			gruBackwardTrial(t, s)
		})
	}
	forms := []string{"every step", "last step", "in place"}
	gatedSpecs(forms, add)
	maskedSpecs(forms, add)
}

func gruBackwardTrial(t *trial, s gatedSpec) {
	rows, n := s.t*s.b, s.n
	W, H0 := t.gated("W", 3, n), t.values("H0", s.b, n)
	mask, M := t.mask(s.masked, s.b, n)
	states := oracle.MaskedGRUForward(W, t.values("HiddenBias", 1, n).Row(0), H0, t.values("Z", rows, 3*n), M)
	states.H, states.G = round(states.H), round(states.G)
	given, DH := t.outerGradient(rnnSpec{t: s.t, b: s.b, n: n, form: s.form})
	w, g, h, dh := t.in("W", W), t.in("G", states.G), t.in("H", below(H0, states.H)), t.in("DH", given)
	dz := g
	if s.form != "in place" {
		dz = t.out("DZ", rows, 4*n)
	}
	var dh0 *operand
	if !s.bare {
		dh0 = t.out("DH0", s.b, n)
	}
	t.one(func() gpu.Op {
		return gpu.GRUBackward{DZ: dz.view(), W: w.view(), G: g.view(), H: h.view(), DH: dh.view(), DH0: dh0.view(), Mask: mask.view(), T: s.t, B: s.b}
	})
	d := oracle.MaskedGRUBackward(W, H0, states, DH, M)
	k := n + epilogue
	scale, scale0 := t.gruBackwardScale(W, H0, M, states, d, DH, k)
	t.expect(dz, d.DZ, scale, k)
	if !s.bare {
		t.expect(dh0, d.DH0, scale0, k)
	}
}
