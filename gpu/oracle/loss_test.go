package oracle

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestCrossEntropyByHand(t *testing.T) {
	// softmax((0, log 3)) = (1/4, 3/4)
	logits := New(4, 2, []float64{0, math.Log(3), 0, math.Log(3), 5, 5, 1, 2})
	r := SoftmaxCrossEntropy(logits, []int{0, 1, 1, -1}, 0.5)
	nearSlice(t, "rows", r.Rows, []float64{math.Log(4), math.Log(4. / 3), math.Ln2, 0}, 1e-15)
	nearValue(t, "loss", r.Loss, 0.5*(math.Log(4)+math.Log(4./3)+math.Ln2), 1e-15)
	want := New(4, 2, []float64{-0.375, 0.375, 0.125, -0.125, 0.25, -0.25, 0, 0})
	near(t, "gradient", r.Gradient, want, 1e-15)
	// Equal logits: the first is the largest, so label 1 is wrong.
	for i, want := range []bool{false, true, false, false} {
		if r.Correct[i] != want {
			t.Errorf("row %d: correct is %v", i, r.Correct[i])
		}
	}
	if r.Counted != 3 {
		t.Errorf("%d rows counted, want 3", r.Counted)
	}
}

func TestCrossEntropyGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(29, 30))
	for _, classes := range []int{1, 2, 10} {
		logits := random(rng, 4, classes)
		labels := []int{0, classes - 1, -1, classes / 2}
		L := func() float64 { return SoftmaxCrossEntropy(logits, labels, 0.25).Loss }
		near(t, "gradient", SoftmaxCrossEntropy(logits, labels, 0.25).Gradient, numerical(logits, L), 1e-10)
	}
}

func TestCrossEntropyExtremes(t *testing.T) {
	r := SoftmaxCrossEntropy(New(2, 2, []float64{1e4, -1e4, 1e300, 1e300}), []int{1, 0}, 1)
	nearSlice(t, "rows", r.Rows, []float64{2e4, math.Ln2}, 1e-15)
	near(t, "gradient", r.Gradient, New(2, 2, []float64{1, -1, -0.5, 0.5}), 1e-15)
	if r := SoftmaxCrossEntropy(Zeros(1, 2), []int{2}, 1); !math.IsNaN(r.Loss) || r.Correct[0] {
		t.Errorf("a label out of range gives loss %g, correct %v", r.Loss, r.Correct[0])
	}
}

func TestMSE(t *testing.T) {
	Y, target := New(2, 2, []float64{1, 2, 3, 4}), New(2, 2, []float64{0, 4, 3, 1})
	r := MSE(Y, target, nil, 0.5)
	nearSlice(t, "rows", r.Rows, []float64{2.5, 4.5}, 0)
	nearValue(t, "loss", r.Loss, 3.5, 0)
	near(t, "gradient", r.Gradient, New(2, 2, []float64{0.5, -1, 0, 1.5}), 0)

	labels := []int{-1, 0}
	r = MSE(Y, target, labels, 1)
	nearSlice(t, "rows with one ignored", r.Rows, []float64{0, 4.5}, 0)
	near(t, "differences", r.Gradient, numerical(Y, func() float64 { return MSE(Y, target, labels, 1).Loss }), 1e-10)
}
