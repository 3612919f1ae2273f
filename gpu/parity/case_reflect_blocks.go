package parity

import (
	"math"
	"strconv"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// blockSpecs calls add with every spec of reflectSpecs and a size of blocks, which take turns.
func blockSpecs(add func(short bool, s reflectSpec, b int)) {
	counter := 0
	reflectSpecs(func(short bool, s reflectSpec) {
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

// factorsOf returns the factors of U in blocks of b reflectors, rounded, and the root of 1 + Σ_k g_k².
func factorsOf(U oracle.Matrix, b int) (A oracle.Matrix, growth float64) {
	A, growth = oracle.Zeros(gpu.FactorRows(U.Rows, b), b), 1
	for lo := 0; lo < U.Rows; lo += b {
		block := oracle.Matrix{Rows: min(b, U.Rows-lo), Cols: U.Cols, Data: U.Data[lo*U.Cols : min(lo+b, U.Rows)*U.Cols]}
		inverse := round(oracle.InverseS(oracle.S(block)))
		for i := range inverse.Rows {
			copy(A.Row(lo+i), inverse.Row(i))
		}
		g := oracle.Frobenius(oracle.Mul(abs(block).T(), abs(inverse), abs(block)))
		growth += g * g
	}
	return A, math.Sqrt(growth)
}

func blockFactorsCases(l *list) {
	seen := map[string]bool{}
	blockSpecs(func(short bool, s reflectSpec, b int) {
		s.b, s.transpose, s.inPlace = b, false, false
		if seen[s.String()] {
			return
		}
		seen[s.String()] = true
		l.add("block_factors", s.String(), short, func(t *trial) {
			t.lay = s.lay
			U := t.reflectorsOf(s.kind, s.m, s.n, 0)
			u, a := t.in("U", U), t.out("A", gpu.FactorRows(s.m, b), b)
			t.one(func() gpu.Op { return gpu.BlockFactors{A: a.view(), U: u.view()} })
			want, scale := oracle.Zeros(a.rows, b), oracle.Zeros(a.rows, b)
			for lo := 0; lo < s.m; lo += b {
				block := oracle.Matrix{Rows: min(b, s.m-lo), Cols: s.n, Data: U.Data[lo*s.n : min(lo+b, s.m)*s.n]}
				A := oracle.InverseS(oracle.S(block))
				most := oracle.Mul(abs(A), oracle.S(abs(block)), abs(A))
				for i := range A.Rows {
					copy(want.Row(lo+i), A.Row(i))
					copy(scale.Row(lo+i), most.Row(i))
				}
			}
			t.expect(a, want, scale, s.n+b+division)
		})
	})
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
