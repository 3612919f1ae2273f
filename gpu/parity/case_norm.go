package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(normCases, Tolerance{Op: "norm", C: 1, K: "elements + 10",
		Scale: "‖X‖",
		Why:   "the squares are positive: the sum has a relative error of γ, its root half of it"})
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
		tol = constant(t.c.Op)*float64(len(X.Data)+root)*unit*norm + smallest
	}
	e.tol = row([]float64{tol, 0})
}
