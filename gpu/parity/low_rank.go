package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// factors are those of W = diag(D) + Lᵀ R, of norm at most 1.
type factors struct {
	D, L, R oracle.Matrix // 1 × n, r × n, r × n
	W, size oracle.Matrix // n × n: W, and the same of absolute values
	d, l, r *operand
}

func (t *trial) factors(rank, n int) factors {
	shrink := func(m oracle.Matrix) oracle.Matrix {
		norm := norm2(m.Data)
		return round(mapped(m, func(v float64) float64 { return 0.6 * v / max(norm, 1e-30) }))
	}
	f := factors{D: t.uniform("D", 1, n, 0.2, 0.6), L: shrink(t.values("L", rank, n)), R: shrink(t.values("R", rank, n))}
	f.W, f.size = oracle.Mul(f.L.T(), f.R), oracle.Mul(abs(f.L).T(), abs(f.R))
	for i := range n {
		f.W.Set(i, i, f.W.At(i, i)+f.D.At(0, i))
		f.size.Set(i, i, f.size.At(i, i)+math.Abs(f.D.At(0, i)))
	}
	f.d, f.l, f.r = t.in("D", f.D), t.in("L", f.L), t.in("R", f.R)
	return f
}

// lowRankSpecs are those of the recurrences, each with a rank.
func lowRankSpecs(forms []string, add func(short bool, s rnnSpec, rank int)) {
	ranks := []int{1, 32, 3, 8, 0, 33, 4, 64, 7}
	counter := 0
	rnnSpecs(forms, func(short bool, s rnnSpec) {
		if s.k > 4 && s.n > 100 {
			return // wide inputs are a product of their own, small ones do
		}
		add(short, s, ranks[counter%len(ranks)])
		counter++
	})
	add(false, rnnSpec{t: 5, b: 40, n: 512, act: activations[2], form: forms[0], lay: tight}, 32)
	add(false, rnnSpec{t: 3, b: 9, n: 1024, act: activations[3], form: forms[0], lay: padded}, 16)
}

// coefficientScale returns ‖|M||h|‖ + carried for every row of states h, of a product with M, ‖M‖ ≤ 1.
func coefficientScale(M, states, carried oracle.Matrix) oracle.Matrix {
	local := oracle.Mul(abs(states), abs(M).T())
	for i := range local.Rows {
		size := norm2(local.Row(i))
		if carried.Cols > 0 {
			size += carried.At(i, 0)
		}
		fill(local.Row(i), size)
	}
	return local
}
