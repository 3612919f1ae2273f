package parity

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(softmaxCrossEntropyCases, Tolerance{Op: "softmax_cross_entropy", C: 1, K: "C + 32; sums: R + C + 32",
		Scale: "loss: 1 + ln Σe^d + |d_y| + Σp|d|; gradient: |Scale|·(p(1 + |d| + Σp|d|) + onehot); d = logit − largest",
		Why:   "C exponentials of error 3 + 2|d| ULP, their sum, a logarithm"})
}

func softmaxCrossEntropyCases(l *list) {
	for i, s := range lossSpecs([]string{"", "ignored", "out of range", "equal", "large", "offset", "NaN"}) {
		l.add("softmax_cross_entropy", s.String(), shortLoss(i, s), func(t *trial) {
			t.lay = s.lay
			softmaxTrial(t, s)
		})
	}
}

// logits returns logits and labels of a kind.
func (s lossSpec) logits(t *trial) (oracle.Matrix, []int) {
	X := t.uniform("Logits", s.rows, s.cols, -3, 3)
	src := t.source("Labels")
	labels := make([]int, s.rows)
	for i := range labels {
		labels[i] = src.IntN(s.cols)
		switch {
		case s.kind == "ignored" && i%2 == 0:
			labels[i] = -1 - i
		case s.kind == "out of range" && i%3 == 0:
			labels[i] = s.cols + i
		}
	}
	for i := range X.Data {
		switch s.kind {
		case "equal":
			X.Data[i] = math.Trunc(X.Data[i]) // several largest ones in a row
		case "large":
			X.Data[i] = float64(float32(X.Data[i] * 1e4))
		case "offset":
			X.Data[i] = float64(float32(X.Data[i] + 1e5))
		}
	}
	for i := range s.rows * btoi(s.kind == "NaN") {
		X.Set(i, i*5%s.cols, nan)
	}
	return X, labels
}

func softmaxTrial(t *trial, s lossSpec) {
	X, labels := s.logits(t)
	x, y, rows := t.in("Logits", X), t.ints("Labels", labels), t.out("Rows", s.rows, 2)
	d := s.gradientOperand(t, "DLogits", x)
	sum, scaled, factor := s.lossOperands(t)
	t.one(func() gpu.Op {
		return gpu.SoftmaxCrossEntropy{Rows: rows.view(), Sum: sum.view(), DLogits: d.view(), Logits: x.view(), Labels: y.view(), Scale: scaled.view()}
	})
	truth := oracle.SoftmaxCrossEntropy(X, labels, factor)
	want, scale, gradient := oracle.Zeros(s.rows, 2), oracle.Zeros(s.rows, 2), oracle.Zeros(s.rows, s.cols)
	for i, label := range labels {
		if label < 0 {
			continue
		}
		want.Set(i, 0, truth.Rows[i])
		if truth.Correct[i] {
			want.Set(i, 1, 1)
		}
		loss, g := softmaxScale(X.Row(i), label)
		scale.Set(i, 0, loss)
		for j, v := range g {
			gradient.Set(i, j, math.Abs(factor)*v)
		}
	}
	t.expect(rows, want, scale, s.cols+optimizer)
	if sum != nil {
		t.expect(sum, row(oracle.ColumnSums(want)), row(oracle.ColumnSums(oracle.Add(scale, abs(want)))), s.rows+s.cols+optimizer)
	}
	if d != nil {
		t.expect(d, truth.Gradient, gradient, s.cols+optimizer)
	}
}

// softmaxScale returns the scales of a row's loss and gradient (Tolerances).
func softmaxScale(x []float64, label int) (loss float64, gradient []float64) {
	largest := math.Inf(-1)
	for _, v := range x {
		largest = max(largest, v)
	}
	total, weighted := 0.0, 0.0
	for _, v := range x {
		total += math.Exp(v - largest)
		weighted += math.Exp(v-largest) * (largest - v)
	}
	weighted /= total
	gradient = make([]float64, len(x))
	for j, v := range x {
		gradient[j] = math.Exp(v-largest) / total * (1 + largest - v + weighted)
	}
	loss = 1 + math.Log(total) + weighted
	if label < len(x) {
		loss += largest - x[label]
		gradient[label]++
	}
	return loss, gradient
}
