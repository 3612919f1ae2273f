package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	register(reflectBlocksBackwardCases, Tolerance{Op: "reflect_blocks_backward", C: 4, K: "DX: n + 8; DU: n + B + 8",
		Scale: "DX: that of reflect_blocks; DU: Σ_b ‖h_b‖‖g_b‖/‖u‖ times the same root",
		Why:   "as reflect_blocks, for both ways back; sums over the batch and over b"})
}

func reflectBlocksBackwardCases(l *list) {
	blockSpecs(func(short bool, s reflectSpec, b int) {
		if s.m*s.n*s.b > 600000 { // the oracle takes a reflection at a time
			s.b = max(1, 600000/(s.m*s.n))
		}
		l.add("reflect_blocks_backward", blockName(s, b), short, func(t *trial) {
			t.lay = s.lay
			reflectBlocksBackwardTrial(t, s, b)
		})
	})
}

func reflectBlocksBackwardTrial(t *trial, s reflectSpec, b int) {
	U, Y, DY := t.reflectorsOf(s.kind, s.m, s.n, 0), t.values("Y", s.b, s.n), t.values("DY", s.b, s.n)
	A, growth := factorsOf(U, b)
	u, y, dy, du, a := t.in("U", U), t.in("Y", Y), t.in("DY", DY), t.out("DU", s.m, s.n), t.in("A", A)
	dx := dy
	if !s.inPlace {
		dx = t.out("DX", s.b, s.n)
	}
	t.one(func() gpu.Op {
		return gpu.ReflectBlocksBackward{DX: dx.view(), DU: du.view(), DY: dy.view(), Y: y.view(), U: u.view(), A: a.view(), Transpose: s.transpose}
	})
	t.expectReflected(s, dx, du, U, Y, DY, growth)
}
