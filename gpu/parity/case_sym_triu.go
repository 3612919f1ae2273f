package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() { register(symTriuCases, Tolerance{Op: "sym_triu", Why: "words are moved"}) }

func symTriuCases(l *list) {
	layouts := []layout{padded, tight, wide, skewed}
	for i, m := range append([]int{0, 257}, sizes...) {
		for _, inPlace := range []bool{false, true} {
			lay := layouts[i%4]
			l.add("sym_triu", fmt.Sprintf("m=%d %v in place=%t", m, lay, inPlace), m <= 33, func(t *trial) {
				t.lay = lay
				K := t.values("K", m, m)
				want := oracle.Zeros(m, m)
				for i := range m {
					fill(K.Row(i)[:i], nan) // must not be read
					for j := range m {
						want.Set(i, j, K.At(min(i, j), max(i, j)))
					}
				}
				k := t.in("K", K)
				y := k
				if !inPlace {
					y = t.out("Y", m, m)
				}
				t.one(func() gpu.Op { return gpu.SymTriu{Y: y.view(), K: k.view()} })
				t.exact(y, want)
			})
		}
	}
}
