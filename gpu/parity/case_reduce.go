package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

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

func normCases(l *list) {
	for i, s := range append(shapes(), shape{1000, 1003, wide}) {
		l.add("norm", s.String(), i < shortShapes, func(t *trial) {
			t.lay = s.lay
			normTrial(t, t.values("X", s.rows, s.cols))
		})
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -math.MaxFloat32} {
		for _, s := range []shape{{1, 1, skewed}, {33, 129, padded}, {1, 70001, tight}} {
			l.add("norm", fmt.Sprintf("%v with %g", s, v), s.rows == 33, func(t *trial) {
				t.lay = s.lay
				X := t.values("X", s.rows, s.cols)
				X.Data[len(X.Data)*2/3] = v
				normTrial(t, X)
			})
		}
	}
}

// normTrial checks the norm where its square is an fp32 number, and the mark in any case.
func normTrial(t *trial, X oracle.Matrix) {
	x, out := t.in("X", X), t.out("Out", 1, 2)
	t.one(func() gpu.Op { return gpu.Norm{Out: out.view(), X: x.view()} })
	norm, finite := norm2(X.Data), 1.0
	for _, v := range X.Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			finite = 0
		}
	}
	t.exact(out, row([]float64{norm, finite}))
	e := &t.expects[0]
	tol := math.Inf(1)
	if norm < 1e18 {
		tol = constant(t.c.Op)*float64(len(X.Data)+division)*unit*norm + smallest
	}
	e.tol = row([]float64{tol, 0})
}

func minMaxCases(l *list) {
	for i, s := range shapes() {
		if s.rows*s.cols == 0 {
			continue
		}
		for _, special := range []float64{0, math.NaN(), math.Inf(-1)} {
			l.add("min_max", fmt.Sprintf("%v with %g", s, special), i < shortShapes, func(t *trial) {
				t.lay = s.lay
				X := t.uniform("X", s.rows, s.cols, 2, 3)
				X.Data[len(X.Data)/2] = special
				x, out := t.in("X", X), t.out("Out", 1, 2)
				t.one(func() gpu.Op { return gpu.MinMax{Out: out.view(), X: x.view()} })
				lo, hi := math.Inf(1), math.Inf(-1)
				for _, v := range X.Data {
					lo, hi = math.Min(lo, v), math.Max(hi, v) // NaN where any is NaN
				}
				t.exact(out, row([]float64{lo, hi}))
			})
		}
	}
}
