package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// lossSpec is a loss on rows × cols predictions.
type lossSpec struct {
	shape
	gradient, inPlace bool
	kind              string // of logits or labels
}

func (s lossSpec) String() string {
	return fmt.Sprintf("%v gradient=%t in place=%t %s", s.shape, s.gradient, s.inPlace, s.kind)
}

// lossSpecs are the sizes of both losses; cols is at least 1.
func lossSpecs(kinds []string) []lossSpec {
	var specs []lossSpec
	for i, s := range shapes() {
		if s.cols == 0 {
			continue
		}
		specs = append(specs, lossSpec{s, i%3 != 2, i%3 == 1, kinds[i%len(kinds)]})
	}
	for i, s := range []shape{{128, 10, tight}, {129, 10, padded}, {31, 2, skewed}, {20000, 3, padded}} {
		for j, kind := range kinds {
			specs = append(specs, lossSpec{s, (i+j)%3 != 2, (i+j)%3 == 1, kind})
		}
	}
	return specs
}

func shortLoss(i int, s lossSpec) bool { return i < 4 || s.rows == 31 && s.cols == 2 }

func softmaxCases(l *list) {
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

// lossOperands returns where the sums go, unless there are ignored labels, and the factor of the gradient, which is absent in
// the plain kind.
func (s lossSpec) lossOperands(t *trial) (sum, scale *operand, factor float64) {
	if s.kind != "ignored" || s.rows == 31 {
		sum = t.out("Sum", 1, 2)
	}
	if s.kind == "" {
		return sum, nil, 1
	}
	return sum, t.in("Scale", filled(1, 1, -0.25)), -0.25
}

// gradientOperand returns where the gradient goes: nowhere, over the prediction or beside it.
func (s lossSpec) gradientOperand(t *trial, name string, prediction *operand) *operand {
	switch {
	case !s.gradient:
		return nil
	case s.inPlace:
		return prediction
	}
	return t.out(name, s.rows, s.cols)
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
