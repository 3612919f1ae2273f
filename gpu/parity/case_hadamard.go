package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(hadamardCases, Tolerance{Op: "hadamard", C: 1, K: "4",
		Scale: "|α·a·b| + |β·y|",
		Why:   "three products and a sum"})
}

func hadamardCases(l *list) {
	for i, s := range shapes() {
		for j, repeats := range []int{1, 3} {
			form := []string{"", "in place", "no A"}[(i+j)%3]
			beta := []float32{0, -0.5}[(i/2+j)%2]
			l.add("hadamard", fmt.Sprintf("%d times %v β=%g %s", repeats, s, beta, form), i < shortShapes, func(t *trial) {
				t.lay = s.lay
				hadamardTrial(t, s, repeats, beta, form)
			})
		}
	}
}

func hadamardTrial(t *trial, s shape, repeats int, beta float32, form string) {
	const alpha = -1.25
	rows := repeats * s.rows
	A, B, Y := filled(rows, s.cols, 1), t.values("B", s.rows, s.cols), oracle.Zeros(rows, s.cols)
	b, a := t.in("B", B), (*operand)(nil)
	if form != "no A" {
		A = t.values("A", rows, s.cols)
		a = t.in("A", A)
	}
	y := a
	switch {
	case form == "in place":
		Y = A
	case beta != 0:
		Y = t.values("Y", rows, s.cols)
		y = t.in("Y", Y)
	default:
		y = t.out("Y", rows, s.cols)
	}
	t.one(func() gpu.Op {
		return gpu.Hadamard{Y: y.view(), A: a.view(), B: b.view(), Alpha: alpha, Beta: beta}
	})
	want, size := oracle.Zeros(rows, s.cols), oracle.Zeros(rows, s.cols)
	for i := range want.Data {
		product, rest := alpha*A.Data[i]*B.Data[i%len(B.Data)], float64(beta)*Y.Data[i]
		want.Data[i], size.Data[i] = product+rest, math.Abs(product)+math.Abs(rest)
	}
	t.expect(y, want, size, few)
}
