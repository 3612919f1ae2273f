package oracle

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// LossResult is the result of [SoftmaxCrossEntropy] and [MSE] on R rows.
type LossResult struct {
	Loss     float64   // scale · Σ Rows
	Rows     []float64 // the loss of each row, length R
	Correct  []bool    // whether the row's largest value is the label's, the first of equals; length R, for MSE all false
	Counted  int       // rows that are not ignored
	Gradient Matrix    // R × C: ∂Loss/∂input
}

func newLossResult(input Matrix) LossResult {
	return LossResult{
		Rows:     make([]float64, input.Rows),
		Correct:  make([]bool, input.Rows),
		Gradient: Zeros(input.Rows, input.Cols),
	}
}

// SoftmaxCrossEntropy returns, for logits R × C (C ≥ 1) and R labels, the loss
// and its gradient
//
//	Rows_i = −log softmax(logits_i)[label_i],
//	Gradient_i = scale · (softmax(logits_i) − onehot(label_i)).
//
// A row whose label is negative is ignored: its loss and gradient are zero. A
// label of C or more names no class: the row's loss is NaN, as it is with a NaN among
// the logits; such rows are not correct. With scale = 1/R, or
// 1/Counted, Loss is a mean.
func SoftmaxCrossEntropy(logits Matrix, labels []int, scale float64) LossResult {
	mustRows("SoftmaxCrossEntropy", len(labels), logits)
	r := newLossResult(logits)
	for i, label := range labels {
		if label < 0 {
			continue
		}
		row, gradient := logits.Row(i), r.Gradient.Row(i)
		largest, sum := floats.Max(row), 0.0
		for _, v := range row {
			sum += math.Exp(v - largest)
		}
		for c, v := range row {
			gradient[c] = scale * math.Exp(v-largest) / sum
		}
		r.Rows[i] = math.NaN()
		if label < logits.Cols {
			r.Rows[i] = math.Log(sum) - (row[label] - largest)
			gradient[label] -= scale
			r.Correct[i] = floats.MaxIdx(row) == label && !math.IsNaN(r.Rows[i])
		}
		r.Loss += scale * r.Rows[i]
		r.Counted++
	}
	return r
}

// MSE returns, for Y and Target R × C, the mean over the columns of the squared
// error of each row and its gradient
//
//	Rows_i = 1/C Σ_c (Y_ic − Target_ic)²,   Gradient_i = scale · 2/C (Y_i − Target_i).
//
// A row whose label is negative is ignored; labels may be nil. With scale = 1/R
// Loss is the mean squared error.
func MSE(Y, Target Matrix, labels []int, scale float64) LossResult {
	mustShape("MSE: Target", Target, Y.Rows, Y.Cols)
	if labels != nil {
		mustRows("MSE", len(labels), Y)
	}
	r := newLossResult(Y)
	columns := float64(Y.Cols)
	for i := range Y.Rows {
		if labels != nil && labels[i] < 0 {
			continue
		}
		for c := range Y.Cols {
			e := Y.At(i, c) - Target.At(i, c)
			r.Rows[i] += e * e / columns
			r.Gradient.Set(i, c, scale*2/columns*e)
		}
		r.Loss += scale * r.Rows[i]
		r.Counted++
	}
	return r
}

func mustRows(what string, labels int, input Matrix) {
	mustShape(what+": one label a row", input, labels, input.Cols)
}
