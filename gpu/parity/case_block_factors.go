package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(blockFactorsCases, Tolerance{Op: "block_factors", C: 2, K: "n + b + 8",
		Scale: "|A||S||A| with |S| of |U|",
		Why:   "γ_n for S, γ_b for its inverse (Higham 2002, §14.1), a division"})
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
