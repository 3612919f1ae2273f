package exact

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// labels places a row of int32.
func (p *point) labels(values ...int32) gpu.View {
	v := p.view(1, len(values), 0)
	words := make([]float64, len(values))
	for i, x := range values {
		words[i] = float64(math.Float32frombits(uint32(x)))
	}
	Write(v, words)
	return v
}

// TestLossGradients compares the gradients of both losses with central differences of the sum times the scale, with rows that do not
// count.
func TestLossGradients(t *testing.T) {
	p := newPoint(t)
	x, target, scale, rows, sum, dx := p.view(4, 5, 1), p.view(4, 5, 1), p.view(1, 1, 0), p.view(4, 2, 1), p.view(1, 2, 1), p.view(4, 5, 1)
	Write(scale, []float64{-0.75})
	labels := p.labels(3, -1, 0, 4)
	for name, op := range map[string]gpu.Op{
		"softmax": gpu.SoftmaxCrossEntropy{Rows: rows, Sum: sum, DLogits: dx, Logits: x, Labels: labels, Scale: scale},
		"squares": gpu.MeanSquaredError{Rows: rows, Sum: sum, DPred: dx, Pred: x, Target: target, Labels: labels, Scale: scale},
	} {
		p.run(op)
		got := p.view(4, 5, 0)
		Write(got, Read(dx))
		loss := p.loss(op, sum.ColRange(0, 1), scale)
		p.differences(name, x, got, loss)
		if masked := Read(got)[5:10]; masked[0] != 0 || masked[4] != 0 {
			t.Errorf("%s: the row that does not count has the gradient %v", name, masked)
		}
	}
}

// TestLossCounts counts right answers, and notices labels and numbers that are none.
func TestLossCounts(t *testing.T) {
	p := newPoint(t)
	x, rows, sum := p.view(4, 3, 0), p.view(4, 2, 1), p.view(1, 2, 1)
	Write(x, []float64{1, 5, 5, 0, 0, 1, math.NaN(), 2, 1, 1, 2, 3})
	p.run(gpu.SoftmaxCrossEntropy{Rows: rows, Sum: sum, Logits: x, Labels: p.labels(1, -1, 1, 3)})
	got := Read(rows)
	if got[1] != 1 || got[2] != 0 || got[3] != 0 || got[5] != 0 || got[7] != 0 || !math.IsNaN(got[4]) || !math.IsNaN(got[6]) || !math.IsNaN(Read(sum)[0]) || Read(sum)[1] != 1 {
		t.Errorf("rows are %v, their sum %v", got, Read(sum))
	}
}
