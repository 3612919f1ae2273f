package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(normalizeReflectorsCases, Tolerance{Op: "normalize_reflectors", C: 1, K: "n + 18",
		Scale: "|u_i|/‖u‖",
		Why:   "half of γ_n for the norm, a root and a division"})
}

func normalizeReflectorsCases(l *list) {
	add := func(short bool, name string, s reflectSpec) {
		l.add("normalize_reflectors", name, short, func(t *trial) {
			t.lay = s.lay
			U := t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", U)
			t.one(func() gpu.Op { return gpu.NormalizeReflectors{U: u.view()} })
			want := oracle.Normalise(U)
			t.expect(u, want, abs(want), s.n+root+division)
		})
		l.add("normalize_reflectors", "two sets "+name, short, func(t *trial) {
			t.lay = s.lay
			A, B := t.reflectorsOf(s.kind, s.m, s.n, nan), t.reflectorsOf(s.kind, s.m, s.n, nan)
			u := t.in("U", twoSets(A, B))
			t.one(func() gpu.Op { return gpu.NormalizeReflectors{U: u.view(), Sets: 2} })
			want := twoSets(oracle.Normalise(A), oracle.Normalise(B))
			t.expect(u, want, abs(want), s.n+root+division)
		})
	}
	reflectorSets(add)
	denormalSets(add)
}
