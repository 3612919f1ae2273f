package data

import (
	"fmt"
	"math"
	"os"
)

// streamTask asks for the next token at every step of a text. The parts of a batch's rows are contiguous: of a split
// with n targets, row b of B has those from b·⌈n/B⌉ on, and each batch the next T of each row. Every token but the
// first of a split is asked for once an epoch.
type streamTask struct {
	spec   Spec
	splits [3][]uint16 // tokens; one more than targets
	closed bool
}

// newStreamTask makes a task of a spec with the tokens of its splits; it sets the sizes, the input, the output and the
// baseline. A nil split is not there; others have two tokens at least.
func newStreamTask(spec Spec, vocabulary int, splits [3][]uint16, c Config) (*streamTask, error) {
	var n [3]int
	for split, tokens := range splits {
		n[split] = max(len(tokens)-1, 0)
	}
	sizes, err := c.sizes("targets", n)
	if err != nil {
		return nil, err
	}
	t := &streamTask{spec: spec, splits: splits}
	t.spec.Stream = true
	t.spec.Input, t.spec.Output = Tokens(vocabulary), Output{Loss: CrossEntropy, Width: vocabulary, Where: EveryStep}
	t.spec.TrainSize, t.spec.ValidSize, t.spec.TestSize = sizes[Train], sizes[Valid], sizes[Test]
	counts := make([]int, vocabulary)
	for _, token := range splits[Train][1 : sizes[Train]+1] {
		counts[token]++
	}
	t.spec.Baseline = entropy(counts)
	return t, nil
}

// entropy returns the entropy in nats of what comes as often as counts tell: the cross-entropy of the best model that
// ignores its input.
func entropy(counts []int) float64 {
	var total, sum float64
	for _, n := range counts {
		total += float64(n)
	}
	for _, n := range counts {
		if n > 0 {
			sum -= float64(n) / total * math.Log(float64(n)/total)
		}
	}
	return sum
}

func (t *streamTask) Spec() Spec { return t.spec }

func (t *streamTask) Close() error {
	t.splits, t.closed = [3][]uint16{}, true
	return nil
}

func (t *streamTask) Fill(split Split, epoch, index int, b Batch) (counted int, err error) {
	if t.closed {
		return 0, fmt.Errorf("%w: task %s: %w", ErrConfig, t.spec.Name, os.ErrClosed)
	}
	rows, err := t.spec.locateStream(split, epoch, index, b)
	if err != nil {
		return 0, err
	}
	tokens := t.splits[split]
	for step := range b.Length {
		for row := range b.Size {
			at := step*b.Size + row
			p, ok := rows.at(step, row)
			if !ok {
				b.Tokens[at], b.Labels[at] = 0, NotCounted
				continue
			}
			b.Tokens[at], b.Labels[at] = int32(tokens[p]), int32(tokens[p+1])
			counted++
		}
	}
	return counted, nil
}

// stripes are the rows of a batch of a stream: row b reads positions from + b·Stride onwards, as many as the batch
// has steps, but none beyond (b+1)·Stride nor the end of the stream.
type stripes struct{ from, stride, total int }

// locateStream checks the arguments of Fill for a stream and returns what its rows read.
func (s Spec) locateStream(split Split, epoch, index int, b Batch) (stripes, error) {
	n, err := s.checkFill(split, epoch, index, b)
	return stripes{from: index * b.Length, stride: ceil(n, max(b.Size, 1)), total: n}, err
}

// at returns the position that row b reads at step t, and false where it has none any more.
func (s stripes) at(t, b int) (int, bool) {
	inRow := s.from + t
	p := b*s.stride + inRow
	return p, inRow < s.stride && p < s.total
}
