package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Loss is what is minimised: the mean over the targets that count.
type Loss interface {
	// Plan reserves what the loss of the outputs y needs, and reads targets from p.In.
	Plan(p *Plan, y Flow) (LossPass, error)
}

// LossPass is a loss at one shape.
type LossPass interface {
	// Record records the losses of the rows and, in training, the gradient of the mean loss with respect to the outputs.
	Record(r *Record)
	// Sum returns what the last run left: the sum over the rows that count of the loss and of right answers.
	Sum() (loss, correct float64)
	// Labels is the host's slice of one label a row (−1: the row does not count); Targets that of the values to predict, or nil.
	Labels() []int32
	Targets() []float32
}

// CrossEntropy is the softmax cross-entropy in nats; the outputs are logits and the targets classes.
type CrossEntropy struct{}

// SquaredError is the mean over the columns of the squared difference; the targets are values.
type SquaredError struct{}

// Plan implements Loss.
func (CrossEntropy) Plan(p *Plan, y Flow) (LossPass, error) { return newLossPass(p, y, false), nil }

// Plan implements Loss.
func (SquaredError) Plan(p *Plan, y Flow) (LossPass, error) { return newLossPass(p, y, true), nil }

type lossPass struct {
	y                     Flow
	scale                 float32
	rows, labels, targets gpu.View
}

func newLossPass(p *Plan, y Flow, values bool) *lossPass {
	n := y.Rows()
	l := &lossPass{y: y, scale: 1 / float32(n), rows: p.Out.Reserve(n, 2), labels: p.In.Reserve(1, n)}
	if values {
		l.targets = p.In.Reserve(n, y.Width)
	}
	return l
}

func (l *lossPass) Record(r *Record) {
	dy := gpu.View{}
	if r.Train {
		dy = l.y.DY
	}
	if l.targets.IsZero() {
		r.Do(gpu.SoftmaxCrossEntropy{Rows: l.rows, DLogits: dy, Logits: l.y.Y, Labels: l.labels, Scale: l.scale})
	} else {
		r.Do(gpu.MeanSquaredError{Rows: l.rows, DPred: dy, Pred: l.y.Y, Target: l.targets, Labels: l.labels, Scale: l.scale})
	}
}

func (l *lossPass) Sum() (loss, correct float64) {
	rows := hostOf(l.rows)
	for i := 0; i < len(rows); i += 2 {
		loss += float64(rows[i])
		correct += float64(rows[i+1])
	}
	return loss, correct
}

func (l *lossPass) Labels() []int32    { return gpu.AsInts(hostOf(l.labels)) }
func (l *lossPass) Targets() []float32 { return hostOf(l.targets) }

// hostOf returns the host's slice of a contiguous view of host-visible memory, nil for the zero View.
func hostOf(v gpu.View) []float32 {
	if v.IsZero() {
		return nil
	}
	return v.Buf.Host()[v.Off : v.Off+v.Len()]
}
