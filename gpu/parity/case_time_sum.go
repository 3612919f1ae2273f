package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(timeSumCases, Tolerance{Op: "time_sum", C: 1, K: "T + 4",
		Scale: "|α|Σ|x| + |β·y|",
		Why:   "γ of a sum in any order"})
}

func timeSumCases(l *list) {
	for i, s := range shapes() {
		for j, steps := range []int{5, []int{0, 1, 4, 31}[i%4]} {
			beta := []float32{0, 1, -0.5}[(i+j)%3]
			l.add("time_sum", fmt.Sprintf("T=%d %v β=%g", steps, s, beta), i < shortShapes, func(t *trial) {
				t.lay = s.lay
				timeSumTrial(t, s, steps, beta)
			})
		}
	}
	long := shape{3, 33, padded}
	l.add("time_sum", fmt.Sprintf("T=20000 %v", long), false, func(t *trial) {
		t.lay = long.lay
		timeSumTrial(t, long, 20000, 0)
	})
}

func timeSumTrial(t *trial, s shape, steps int, beta float32) {
	const alpha = 0.75
	X, Y := t.values("X", steps*s.rows, s.cols), oracle.Zeros(s.rows, s.cols)
	var y *operand
	if beta == 0 {
		y = t.out("Y", s.rows, s.cols)
	} else {
		Y = t.values("Y", s.rows, s.cols)
		y = t.in("Y", Y)
	}
	x := t.in("X", X)
	t.one(func() gpu.Op { return gpu.TimeSum{Y: y.view(), X: x.view(), Alpha: alpha, Beta: beta} })
	want, size := oracle.AddScaled(oracle.Zeros(s.rows, s.cols), float64(beta), Y), oracle.AddScaled(oracle.Zeros(s.rows, s.cols), abs64(beta), abs(Y))
	if s.rows > 0 {
		want, size = oracle.AddScaled(want, alpha, sumOverSteps(X, s.rows)), oracle.AddScaled(size, alpha, sumOverSteps(abs(X), s.rows))
	}
	t.expect(y, want, size, steps+few)
}
