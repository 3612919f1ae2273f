package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(reflectCases, Tolerance{Op: "reflect", C: 4, K: "n + 8",
		Scale: "√m·‖x‖",
		Why:   "a reflection has two sums of n products, each relative to ‖u‖‖h‖, doubled by the factor 2; m of them add up in quadrature"})
}

func reflectCases(l *list) {
	reflectSpecs(func(short bool, s reflectSpec) {
		l.add("reflect", s.String(), short, func(t *trial) {
			t.lay = s.lay
			U, X := t.reflectorsOf(s.kind, s.m, s.n, nan), t.values("X", s.b, s.n)
			u, x := t.in("U", U), t.in("X", X)
			y := x
			if !s.inPlace {
				y = t.out("Y", s.b, s.n)
			}
			t.one(func() gpu.Op { return gpu.Reflect{Y: y.view(), X: x.view(), U: u.view(), Transpose: s.transpose} })
			want, scale := apply(U, X, s.transpose), oracle.Zeros(s.b, s.n)
			for i := range s.b {
				fill(scale.Row(i), math.Sqrt(float64(s.m))*norm2(X.Row(i)))
			}
			if s.m == 0 || s.kind == "all zero" {
				t.exact(y, X)
				return
			}
			t.expect(y, want, scale, s.n+8)
		})
	})
}
