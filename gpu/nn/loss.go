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
	// Tail is Sum over the last steps alone.
	Tail(steps int) (loss, correct float64, err error)
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

// hostRows is how many rows are summed on the host, in float64; of more only the sums come to it.
const hostRows = 4096

type lossPass struct {
	y                          Flow
	scale                      gpu.View
	rows, sum, labels, targets gpu.View
}

func newLossPass(p *Plan, y Flow, values bool) *lossPass {
	n := y.Rows()
	l := &lossPass{y: y, scale: p.Scale, labels: p.In.Reserve(1, n)}
	if n <= hostRows {
		l.rows = p.Out.Reserve(n, 2)
	} else {
		l.rows, l.sum = p.Unit("losses of rows").Reserve(n, 2), p.Out.Reserve(1, 2)
	}
	if values {
		l.targets = p.In.Reserve(n, y.Width)
	}
	return l
}

func (l *lossPass) Record(r *Record) {
	var dy, scale gpu.View
	if r.Train {
		dy, scale = l.y.DY, l.scale
	}
	if l.targets.IsZero() {
		r.Do(gpu.SoftmaxCrossEntropy{Rows: l.rows, Sum: l.sum, DLogits: dy, Logits: l.y.Y, Labels: l.labels, Scale: scale})
	} else {
		r.Do(gpu.MeanSquaredError{Rows: l.rows, Sum: l.sum, DPred: dy, Pred: l.y.Y, Target: l.targets, Labels: l.labels, Scale: scale})
	}
}

func (l *lossPass) Sum() (loss, correct float64) {
	if !l.sum.IsZero() {
		s := Host(l.sum)
		return float64(s[0]), float64(s[1])
	}
	return sumOf(Host(l.rows))
}

func (l *lossPass) Tail(steps int) (loss, correct float64, err error) {
	rows, err := gpu.ReadView(l.rows.RowRange(l.rows.Rows-steps*l.y.Batch, l.rows.Rows))
	if err != nil {
		return 0, 0, err
	}
	loss, correct = sumOf(rows)
	return loss, correct, nil
}

// sumOf adds up pairs of a loss and a right answer.
func sumOf(rows []float32) (loss, correct float64) {
	for i := 0; i < len(rows); i += 2 {
		loss += float64(rows[i])
		correct += float64(rows[i+1])
	}
	return loss, correct
}

func (l *lossPass) Labels() []int32    { return gpu.AsInts(Host(l.labels)) }
func (l *lossPass) Targets() []float32 { return Host(l.targets) }

// Host returns the host's slice of a contiguous view of host-visible memory, nil for the zero View and for memory that is not there yet or that the
// host does not see.
func Host(v gpu.View) []float32 {
	words := v.Buf.Host()
	if v.Off < 0 || v.Len() > len(words)-v.Off {
		return nil
	}
	return words[v.Off : v.Off+v.Len()]
}
