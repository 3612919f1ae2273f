package parity

import (
	"slices"
	"strconv"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(reflectBlocksCases, Tolerance{Op: "reflect_blocks", C: 2, K: "n + 8",
		Scale: "‖x‖·(1 + Σ_k g_k²)^½, g_k = ‖|U_k|ᵀ|A_k||U_k|‖_F",
		Why:   "a block has sums of n and b products; blocks add up in quadrature"})
}

// blockSpecs calls add with every spec of reflectSpecs and a size of blocks, which take turns.
func blockSpecs(add func(short bool, s reflectSpec, b int)) {
	counter := 0
	reflectSpecs(func(short bool, s reflectSpec) {
		if slices.Contains(unscaled, s.kind) {
			return // as a program, behind scale_reflectors
		}
		b := []int{32, 4, 16, 8}[counter%4]
		counter++
		add(short, s, b)
	})
	for _, tr := range []bool{false, true} {
		for _, lay := range []layout{tight, wide, padded} {
			add(lay == tight, reflectSpec{m: 96, n: 96, b: 33, lay: lay, transpose: tr}, 32)
			add(false, reflectSpec{m: 200, n: 260, b: 32, lay: lay, transpose: tr}, 32)
			add(false, reflectSpec{m: 50, n: 1100, b: 5, lay: lay, transpose: tr}, 16)
		}
	}
	add(false, reflectSpec{m: 40, n: 4100, b: 2, lay: wide}, 32)
}

func reflectBlocksCases(l *list) {
	blockSpecs(func(short bool, s reflectSpec, b int) {
		l.add("reflect_blocks", blockName(s, b), short, func(t *trial) {
			t.lay = s.lay
			U, X := t.reflectorsOf(s.kind, s.m, s.n, 0), t.values("X", s.b, s.n)
			A, growth := factorsOf(U, b)
			u, x, a := t.in("U", U), t.in("X", X), t.in("A", A)
			y := x
			if !s.inPlace {
				y = t.out("Y", s.b, s.n)
			}
			t.one(func() gpu.Op {
				return gpu.ReflectBlocks{Y: y.view(), X: x.view(), U: u.view(), A: a.view(), Transpose: s.transpose}
			})
			want, scale := apply(U, X, s.transpose), oracle.Zeros(s.b, s.n)
			for i := range s.b {
				fill(scale.Row(i), growth*norm2(X.Row(i)))
			}
			t.expect(y, want, scale, s.n+8)
		})
	})
}

func blockName(s reflectSpec, b int) string { return s.String() + " blocks of " + strconv.Itoa(b) }
