package data

import (
	"fmt"
	"math"
)

// NotCounted is the label of a target that does not count.
const NotCounted = -1

// Batch is the memory of one batch of B = Size sequences of T = Length time steps, owned by the caller. It may be
// write-combined memory shared with a device: Fill writes it, mostly in increasing order, and never reads it.
//
// Rows are time-major: row t·B+b is sequence b at step t. Targets have a row for each sequence, B in all, or, where
// Output.Where is EveryStep, one for each sequence and step, T·B in all.
type Batch struct {
	Size, Length int

	Values []float32 // T·B × Input.Width, row-major; nil where steps show tokens
	Tokens []int32   // T·B, each in [0, Input.Vocabulary); nil where steps show values

	// Labels has one number for each row of targets: NotCounted where it does not count; else the class, or 0 where
	// the loss is a squared error.
	Labels []int32

	Targets []float32 // rows of targets × Output.Width, row-major; nil where the loss is cross-entropy
}

// NewBatch allocates a batch of the given number of sequences and time steps on the host.
func NewBatch(s Spec, size, length int) Batch {
	b := Batch{Size: size, Length: length, Labels: make([]int32, s.Output.Rows(size, length))}
	if s.Input.IsTokens() {
		b.Tokens = make([]int32, length*size)
	} else {
		b.Values = make([]float32, length*size*s.Input.Width)
	}
	if s.Output.Loss == SquaredError {
		b.Targets = make([]float32, len(b.Labels)*s.Output.Width)
	}
	return b
}

// locate checks the arguments of Fill for a task whose batches are made of sequences of their own, and returns the
// number of the first sequence and how many there are.
func (s Spec) locate(split Split, epoch, index int, b Batch) (first, rows int, err error) {
	n, err := s.checkFill(split, epoch, index, b)
	if err != nil {
		return 0, 0, err
	}
	first = index * b.Size
	return first, min(b.Size, n-first), nil
}

// checkFill checks the arguments of Fill and returns how many sequences the split has.
func (s Spec) checkFill(split Split, epoch, index int, b Batch) (n int, err error) {
	if err := s.checkShape(b); err != nil {
		return 0, err
	}
	if epoch < 0 || index < 0 {
		return 0, fmt.Errorf("%w: epoch %d, batch %d: both count from 0", ErrConfig, epoch, index)
	}
	n, batches := s.Samples(split), s.Batches(split, b.Size, b.Length)
	if n == Endless {
		n, batches = math.MaxInt, math.MaxInt/b.Size
	}
	if index >= batches {
		return 0, fmt.Errorf("%w: batch %d of split %v of task %s: there are %d batches of %d rows and %d steps in its %d samples",
			ErrConfig, index, split, s.Name, batches, b.Size, b.Length, s.Samples(split))
	}
	return n, nil
}

func (s Spec) checkShape(b Batch) error {
	if b.Size < 1 || b.Length < 1 {
		return fmt.Errorf("%w: a batch of %d rows and %d steps; it needs at least 1 of each", ErrConfig, b.Size, b.Length)
	}
	if !s.Stream && b.Length != s.Length {
		return fmt.Errorf("%w: a batch of %d steps; task %s has sequences of %d", ErrConfig, b.Length, s.Name, s.Length)
	}
	rows := s.Output.Rows(b.Size, b.Length)
	targets := 0
	if s.Output.Loss == SquaredError {
		targets = rows * s.Output.Width
	}
	tokens := 0
	if s.Input.IsTokens() {
		tokens = b.Length * b.Size
	}
	for _, v := range []struct {
		name      string
		got, want int
	}{
		{"values", len(b.Values), b.Length * b.Size * s.Input.Width}, {"tokens", len(b.Tokens), tokens},
		{"labels", len(b.Labels), rows}, {"targets", len(b.Targets), targets},
	} {
		if v.got != v.want {
			return fmt.Errorf("%w: %d %s in a batch of %d rows and %d steps; task %s needs %d", ErrConfig, v.got, v.name, b.Size, b.Length, s.Name, v.want)
		}
	}
	return nil
}
