package data

import (
	"fmt"
	"math"
)

// PaddingLabel is the label of a row that is no sample.
const PaddingLabel = -1

// Batch is the memory of one batch of B = Size rows, owned by the caller. It may be write-combined memory
// shared with a device: Fill writes it, mostly in increasing order, and never reads it.
type Batch struct {
	Size int // B

	// X holds the inputs, T × B × n_in, time-major: input i of row b at step t is X[(t·B+b)·n_in+i].
	X []float32

	// Labels holds B numbers: the class for classification, 0 for regression, PaddingLabel for a row of
	// padding. It may be nil for regression.
	Labels []int32

	// Targets holds B × Outputs values for regression, row-major. It may be nil for classification; where
	// it is given, it receives the one-hot form of the label.
	Targets []float32
}

// NewBatch allocates a batch of the given number of rows on the host.
func NewBatch(s Spec, size int) Batch {
	b := Batch{Size: size, X: make([]float32, s.Steps*size*s.Inputs), Labels: make([]int32, size)}
	if s.Kind == Regression {
		b.Targets = make([]float32, size*s.Outputs)
	}
	return b
}

// locate checks the arguments of Fill and returns the number of the first sample and how many there are.
func (s Spec) locate(split Split, epoch, index int, b Batch) (first, rows int, err error) {
	if err := s.checkShape(b); err != nil {
		return 0, 0, err
	}
	if epoch < 0 || index < 0 {
		return 0, 0, fmt.Errorf("%w: epoch %d, batch %d: both count from 0", ErrConfig, epoch, index)
	}
	n, batches := s.Samples(split), s.Batches(split, b.Size)
	if n == Endless {
		n, batches = math.MaxInt, math.MaxInt/b.Size
	}
	if index >= batches {
		return 0, 0, fmt.Errorf("%w: batch %d of split %v of task %s: there are %d batches of %d rows in its %d samples",
			ErrConfig, index, split, s.Name, batches, b.Size, s.Samples(split))
	}
	first = index * b.Size
	return first, min(b.Size, n-first), nil
}

func (s Spec) checkShape(b Batch) error {
	if b.Size < 1 {
		return fmt.Errorf("%w: a batch of %d rows; it needs at least 1", ErrConfig, b.Size)
	}
	if want := s.Steps * b.Size * s.Inputs; len(b.X) != want {
		return fmt.Errorf("%w: inputs of %d values; task %s with %d rows needs %d (%d steps × %d rows × %d inputs)",
			ErrConfig, len(b.X), s.Name, b.Size, want, s.Steps, b.Size, s.Inputs)
	}
	if len(b.Labels) != b.Size && (b.Labels != nil || s.Kind == Classification) {
		return fmt.Errorf("%w: %d labels for a batch of %d rows", ErrConfig, len(b.Labels), b.Size)
	}
	if want := b.Size * s.Outputs; len(b.Targets) != want && (b.Targets != nil || s.Kind == Regression) {
		return fmt.Errorf("%w: targets of %d values; %d rows × %d outputs need %d", ErrConfig, len(b.Targets), b.Size, s.Outputs, want)
	}
	return nil
}

// setClass writes the label of a row, and its one-hot form where targets are wanted; PaddingLabel gives zeros.
func (b Batch) setClass(row, class, outputs int) {
	b.Labels[row] = int32(class)
	if b.Targets == nil {
		return
	}
	target := b.Targets[row*outputs : (row+1)*outputs]
	for i := range target {
		target[i] = 0
	}
	if class != PaddingLabel {
		target[class] = 1
	}
}
