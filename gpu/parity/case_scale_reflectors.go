package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(scaleReflectorsCases, Tolerance{Op: "scale_reflectors", Why: "a power of two does not round"})
}

func scaleReflectorsCases(l *list) {
	add := func(short bool, name string, s reflectSpec) {
		l.add("scale_reflectors", name, short, func(t *trial) {
			t.lay = s.lay
			t.scaleReflectors(1, s.inPlace, t.reflectorsOf(s.kind, s.m, s.n, nan))
		})
		l.add("scale_reflectors", "two sets "+name, short, func(t *trial) {
			t.lay = s.lay
			t.scaleReflectors(2, s.inPlace, t.reflectorsOf(s.kind, s.m, s.n, nan), t.reflectorsOf(s.kind, s.m, s.n, nan))
		})
	}
	reflectorSets(add)
	denormalSets(add)
}

// scaleReflectors scales the sets, one below the other.
func (t *trial) scaleReflectors(count int, inPlace bool, sets ...oracle.Matrix) {
	var U, want, powers oracle.Matrix
	for i, set := range sets {
		y, s := oracle.ScaleReflectors(set)
		if i == 0 {
			U, want, powers = set, y, row(s)
			continue
		}
		U, want, powers = twoSets(U, set), twoSets(want, y), row(append(powers.Data, s...))
	}
	u, s := t.in("U", U), t.out("S", 1, U.Rows)
	y := u
	if !inPlace {
		y = t.out("Y", U.Rows, U.Cols)
	}
	t.one(func() gpu.Op { return gpu.ScaleReflectors{Y: y.view(), S: s.view(), U: u.view(), Sets: count} })
	t.exact(y, want)
	t.exact(s, powers)
}
