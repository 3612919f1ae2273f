package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(colDotCases, Tolerance{Op: "col_dot", C: 1, K: "rows + 4",
		Scale: "|α|Σ|a·b| + |β·out|",
		Why:   "γ of a sum of products in any order"})
}

func colDotCases(l *list) {
	tall := []shape{{20000, 33, padded}, {4097, 128, tight}, {100352, 2, skewed}}
	for i, s := range append(shapes(), tall...) {
		for j, ab := range [][2]float32{{1, 0}, {-0.5, 2}} {
			for _, two := range []bool{false, true} {
				if i >= shortShapes && (i+j)%2 != 0 {
					continue
				}
				l.add("col_dot", fmt.Sprintf("%v α=%g β=%g B=%t", s, ab[0], ab[1], two), i < shortShapes && two == (j == 0), func(t *trial) {
					t.lay = s.lay
					colDotTrial(t, s, ab[0], ab[1], two)
				})
			}
		}
	}
}

func colDotTrial(t *trial, s shape, alpha, beta float32, two bool) {
	A := t.values("A", s.rows, s.cols)
	a := t.in("A", A)
	var b *operand
	B := filled(s.rows, s.cols, 1)
	if two {
		B = t.values("B", s.rows, s.cols)
		b = t.in("B", B)
	}
	out, initial := (*operand)(nil), oracle.Zeros(1, s.cols)
	if beta != 0 {
		initial = t.values("Out", 1, s.cols)
		out = t.in("Out", initial)
	} else {
		out = t.out("Out", 1, s.cols)
	}
	t.one(func() gpu.Op { return gpu.ColDot{Out: out.view(), A: a.view(), B: b.view(), Alpha: alpha, Beta: beta} })
	want, scale := row(oracle.ColumnDots(A, B)), row(oracle.ColumnDots(abs(A), abs(B)))
	for j := range want.Data {
		want.Data[j] = float64(alpha)*want.Data[j] + float64(beta)*initial.Data[j]
		scale.Data[j] = abs64(alpha)*scale.Data[j] + abs64(beta)*math.Abs(initial.Data[j])
	}
	t.expect(out, want, scale, s.rows+few)
}
