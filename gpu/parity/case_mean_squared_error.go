package parity

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(meanSquaredErrorCases, Tolerance{Op: "mean_squared_error", C: 1, K: "C + 8; sums: R + C + 8",
		Scale: "loss: its value; gradient: its value",
		Why:   "positive terms; the difference of two inputs is rounded once"})
}

func meanSquaredErrorCases(l *list) {
	for i, s := range lossSpecs([]string{"", "labels", "ignored"}) {
		l.add("mean_squared_error", s.String(), shortLoss(i, s), func(t *trial) {
			t.lay = s.lay
			meanSquaredErrorTrial(t, s)
		})
	}
}

func meanSquaredErrorTrial(t *trial, s lossSpec) {
	P, T := t.values("Pred", s.rows, s.cols), t.values("Target", s.rows, s.cols)
	p, target, rows := t.in("Pred", P), t.in("Target", T), t.out("Rows", s.rows, 2)
	var y *operand
	var labels []int
	if s.kind != "" {
		labels = make([]int, s.rows)
		for i := range labels {
			if s.kind == "ignored" && i%3 != 0 {
				labels[i] = -i
			}
		}
		y = t.ints("Labels", labels)
	}
	d := s.gradientOperand(t, "DPred", p)
	sum, scaled, factor := s.lossOperands(t)
	t.one(func() gpu.Op {
		return gpu.MeanSquaredError{Rows: rows.view(), Sum: sum.view(), DPred: d.view(), Pred: p.view(), Target: target.view(), Labels: y.view(), Scale: scaled.view()}
	})
	truth := oracle.MSE(P, T, labels, factor)
	want := oracle.Zeros(s.rows, 2)
	for i, v := range truth.Rows {
		want.Set(i, 0, v)
	}
	t.expect(rows, want, want, s.cols+division)
	if sum != nil {
		t.expect(sum, row(oracle.ColumnSums(want)), row(oracle.ColumnSums(want)), s.rows+s.cols+division)
	}
	if d != nil {
		t.expect(d, truth.Gradient, abs(truth.Gradient), s.cols+division)
	}
}
