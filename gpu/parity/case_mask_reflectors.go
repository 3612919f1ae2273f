package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(maskReflectorsCases, Tolerance{Op: "mask_reflectors", Why: "zeros are written, the rest is kept"})
}

func maskReflectorsCases(l *list) {
	reflectorSets(func(short bool, name string, s reflectSpec) {
		l.add("mask_reflectors", name, short, func(t *trial) {
			t.lay = s.lay
			U := t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", U)
			t.one(func() gpu.Op { return gpu.MaskReflectors{U: u.view()} })
			t.exact(u, oracle.Mask(U))
		})
		l.add("mask_reflectors", "two sets "+name, short, func(t *trial) {
			t.lay = s.lay
			A, B := t.reflectorsOf(s.kind, s.m, s.n, nan), t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", twoSets(A, B))
			t.one(func() gpu.Op { return gpu.MaskReflectors{U: u.view(), Sets: 2} })
			t.exact(u, twoSets(oracle.Mask(A), oracle.Mask(B)))
		})
	})
}
