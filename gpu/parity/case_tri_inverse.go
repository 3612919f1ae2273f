package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(triInverseCases, Tolerance{Op: "tri_inverse", C: 4, K: "m + 8",
		Scale: "|A||S||A|",
		Why:   "the bound of every method of inverting a triangle by substitution, block by block too (Higham 2002, §14.2)"})
}

func triInverseCases(l *list) {
	add := func(short bool, m, n int, kind string, lay layout) {
		l.add("tri_inverse", fmt.Sprintf("m=%d n=%d %v %s", m, n, lay, kind), short, func(t *trial) {
			t.lay = lay
			S := round(oracle.S(oracle.Normalise(t.reflectorsOf(kind, m, n, 0))))
			A := oracle.InverseS(S)
			scale := oracle.Mul(abs(A), abs(S), abs(A))
			stored := S.Clone()
			for i := range m {
				fill(stored.Row(i)[:i], nan) // must not be read
			}
			s, a := t.in("S", stored), t.out("A", m, m)
			t.one(func() gpu.Op { return gpu.TriInverse{A: a.view(), S: s.view()} })
			t.expect(a, A, scale, m+division)
		})
	}
	layouts := []layout{padded, tight, wide, skewed}
	for i, m := range append(sizes, 16, 63, 64, 65, 200, 255, 256, 257) {
		add(m == 33 || m == 7, m, m+i, "", layouts[i%4])
		add(m == 65, m, 2*m, "zero", layouts[(i+1)%4])
	}
	for _, kind := range []string{"zero", "all zero", "parallel"} {
		add(true, 16, 33, kind, padded)
		add(false, 128, 128, kind, tight)
	}
	add(true, 0, 0, "", padded)
	add(false, 400, 512, "", padded)
}
