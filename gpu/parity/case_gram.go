package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(gramCases, Tolerance{Op: "gram", C: 1, K: "n + 4",
		Scale: "|U||U|ᵀ",
		Why:   "γ_n of a sum of products"})
}

func gramCases(l *list) {
	add := func(short bool, m, n int, kind string, lay layout) {
		l.add("gram", fmt.Sprintf("m=%d n=%d %v %s", m, n, lay, kind), short, func(t *trial) {
			t.lay = lay
			U := t.reflectorsOf(kind, m, n, 0)
			u, s := t.in("U", U), t.out("S", m, m)
			t.one(func() gpu.Op { return gpu.Gram{S: s.view(), U: u.view()} })
			scale := oracle.S(abs(U))
			t.expect(s, oracle.S(U), scale, n+few)
		})
	}
	layouts := []layout{padded, tight, wide, skewed}
	for i, n := range sizes {
		add(n == 33, n, n, "", layouts[i%4])
		add(n == 31, (n+1)/2, n, "", layouts[(i+1)%4])
		add(false, min(16, n), n, "", layouts[(i+2)%4])
	}
	for _, kind := range []string{"zero", "all zero", "parallel", "large and small"} {
		add(true, 16, 33, kind, padded)
	}
	add(true, 0, 5, "", padded)
	add(true, 0, 0, "", tight)
	add(false, 257, 300, "", skewed)
	add(false, 20, 10007, "", padded)
	add(false, 3, 5000, "zero", wide)
	for i, m := range []int{0, 7, 33, 130} {
		gramBatch(l, 3, m, m+9*i, layouts[i])
	}
}

// gramBatch is sets of reflectors one below the other.
func gramBatch(l *list, sets, m, n int, lay layout) {
	l.add("gram", fmt.Sprintf("%d of m=%d n=%d %v", sets, m, n, lay), m < 100, func(t *trial) {
		t.lay = lay
		U, S, scale := oracle.Zeros(sets*m, n), oracle.Zeros(sets*m, m), oracle.Zeros(sets*m, m)
		for k := range sets {
			one := t.reflectors(fmt.Sprint("U", k), m, n, 0)
			s, size := oracle.S(one), oracle.S(abs(one))
			for i := range m {
				copy(U.Row(k*m+i), one.Row(i))
				copy(S.Row(k*m+i), s.Row(i))
				copy(scale.Row(k*m+i), size.Row(i))
			}
		}
		u, s := t.in("U", U), t.out("S", sets*m, m)
		t.one(func() gpu.Op {
			return gpu.Gram{S: s.view().RowRange(0, m), U: u.view().RowRange(0, m), Batch: sets, StrideS: m * s.stride, StrideU: m * u.stride}
		})
		t.expect(s, S, scale, n+few)
	})
}
