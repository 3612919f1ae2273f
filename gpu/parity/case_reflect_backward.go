package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(reflectBackwardCases, Tolerance{Op: "reflect_backward", C: 8, K: "DX: n + 8; DU: n + B + 8",
		Scale: "DX: √m·‖g‖; DU: √m·Σ_b ‖h_b‖‖g_b‖/‖u‖",
		Why:   "as reflect, for h going back and for g; four sums of n products and one over the batch"})
}

func reflectBackwardCases(l *list) {
	reflectSpecs(func(short bool, s reflectSpec) {
		if s.m*s.n*s.b > 600000 { // the oracle takes a reflection at a time
			s.b = max(1, 600000/(s.m*s.n))
		}
		l.add("reflect_backward", s.String(), short, func(t *trial) {
			t.lay = s.lay
			reflectBackwardTrial(t, s)
		})
	})
}

func reflectBackwardTrial(t *trial, s reflectSpec) {
	U, Y, DY := t.reflectorsOf(s.kind, s.m, s.n, nan), t.values("Y", s.b, s.n), t.values("DY", s.b, s.n)
	u, y, dy, du := t.in("U", U), t.in("Y", Y), t.in("DY", DY), t.out("DU", s.m, s.n)
	dx := dy
	if !s.inPlace {
		dx = t.out("DX", s.b, s.n)
	}
	t.one(func() gpu.Op {
		return gpu.ReflectBackward{DX: dx.view(), DU: du.view(), DY: dy.view(), Y: y.view(), U: u.view(), Transpose: s.transpose}
	})
	t.expectReflected(s, dx, du, U, Y, DY, math.Sqrt(float64(s.m)))
}

// expectReflected says what the gradients of a product of reflectors must hold; growth is what the roundings of its steps grow to.
func (t *trial) expectReflected(s reflectSpec, dx, du *operand, U, Y, DY oracle.Matrix, growth float64) {
	X := apply(U, Y, !s.transpose) // what Y is the image of
	gradient := oracle.ApplyGradient
	if s.transpose {
		gradient = oracle.ApplyTransposedGradient
	}
	wantX, wantU := gradient(U, X, DY)
	scaleX, scaleU := oracle.Zeros(s.b, s.n), oracle.Zeros(s.m, s.n)
	products := 0.0
	for i := range s.b {
		fill(scaleX.Row(i), growth*norm2(DY.Row(i)))
		products += norm2(Y.Row(i)) * norm2(DY.Row(i))
	}
	for j := range s.m {
		if length := norm2(U.Row(j)[j:]); length > 0 {
			fill(scaleU.Row(j)[j:], growth*products/length)
		}
	}
	t.expect(dx, wantX, scaleX, s.n+8)
	t.expect(du, wantU, scaleU, s.n+s.b+8)
}
