package data

import "fmt"

// A Task is a deterministic source of batches of sequences. It serves one goroutine at a time.
type Task interface {
	// Spec describes the task. It never changes.
	Spec() Spec

	// Fill writes batch number index (from 0) of the given epoch (from 0) of a split into b, and returns
	// how many of its rows are samples: b.Size, except in the last batch of a split, whose other rows are
	// padding. Every element of the slices is written; none is read. It does not allocate, except that the
	// first batch of a task may. Splits other than Train are the same in every epoch and in natural order.
	// Errors match ErrConfig: slices of wrong length, an index past the end, a closed task.
	Fill(split Split, epoch, index int, b Batch) (rows int, err error)

	// Close releases the memory of the task. Further calls of Fill fail.
	Close() error
}

// Spec describes a task.
type Spec struct {
	Name    string
	Kind    Kind
	Steps   int // T, time steps of a sample
	Inputs  int // n_in, input values of a time step
	Outputs int // classes, or values of a regression target

	// Samples of each split. TrainSize may be Endless: samples are generated for ever and an epoch has no end.
	TrainSize, ValidSize, TestSize int

	// Baseline is the expected loss of the best model that ignores its input: cross-entropy in nats for
	// classification, mean squared error for regression.
	Baseline float64
}

// Endless is the size of a split that is generated without end, and its number of batches.
const Endless = -1

// Samples returns the number of samples of a split, or Endless.
func (s Spec) Samples(split Split) int {
	switch split {
	case Train:
		return s.TrainSize
	case Valid:
		return s.ValidSize
	case Test:
		return s.TestSize
	}
	return 0
}

// Batches returns how many batches of the given size cover a split, the last one perhaps in part, or Endless.
// It is 0 for an empty split and for a size below 1.
func (s Spec) Batches(split Split, size int) int {
	n := s.Samples(split)
	if n == Endless {
		return Endless
	}
	if size < 1 {
		return 0
	}
	return (n + size - 1) / size
}

// Kind says what a task asks of a model.
type Kind int

// The kinds of task.
const (
	Classification Kind = iota // one of Outputs classes, by cross-entropy
	Regression                 // Outputs values, by mean squared error
)

func (k Kind) String() string {
	switch k {
	case Classification:
		return "classification"
	case Regression:
		return "regression"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// MarshalText makes JSON show the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Split names a part of a data set.
type Split int

// The splits.
const (
	Train Split = iota
	Valid
	Test
)

var splitNames = [...]string{Train: "train", Valid: "valid", Test: "test"}

func (s Split) String() string {
	if s < 0 || int(s) >= len(splitNames) {
		return fmt.Sprintf("Split(%d)", int(s))
	}
	return splitNames[s]
}

// MarshalText makes JSON show the name.
func (s Split) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "train", "valid" or "test"; the error matches ErrConfig.
func (s *Split) UnmarshalText(text []byte) error {
	for i, name := range splitNames {
		if name == string(text) {
			*s = Split(i)
			return nil
		}
	}
	return fmt.Errorf("%w: split %q; the splits are train, valid and test", ErrConfig, text)
}
