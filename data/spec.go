package data

import (
	"fmt"
	"slices"
)

// Spec says what a task is: what a sequence holds, what is asked of it, and how much of it there is.
type Spec struct {
	Name   string // as Open knows it, with its argument
	Length int    // T, time steps of a sequence; of a stream, those of a batch as long as nobody asks for another length
	Input  Input
	Output Output

	// Stream tells that batch i+1 of an epoch continues batch i, row by row: whoever trains carries the state from
	// the one to the other, and begins with the initial state at batch 0. Each row reads a contiguous part of the
	// split. A batch of a stream may have any length; other batches have that of the Spec.
	Stream bool

	Metric Metric // by which results are told and compared

	// Sequences of each split; of a stream, targets. TrainSize may be Endless: sequences are generated for ever and
	// an epoch has no end.
	TrainSize, ValidSize, TestSize int

	// Baseline is the expected loss of the best model that ignores its input: cross-entropy in nats, or mean
	// squared error of the targets as they are given to the network. 0 where it is not known.
	Baseline float64

	// Encoding is what turned the data into numbers.
	Encoding Encoding

	// Notes tell in sentences what was done to the data that its owner may not expect. Whoever opens a task for a
	// user shows them.
	Notes []string
}

// Endless is the size of a split that is generated without end, and its number of batches.
const Endless = -1

// Input says what a time step shows: Width values, or one token of Vocabulary. Exactly one of the two is not 0.
type Input struct {
	Width      int `json:"width,omitempty"`      // values
	Vocabulary int `json:"vocabulary,omitempty"` // different tokens
}

// Values is the input of width numbers a time step.
func Values(width int) Input { return Input{Width: width} }

// Tokens is the input of one token a time step, numbered from 0 to vocabulary − 1.
func Tokens(vocabulary int) Input { return Input{Vocabulary: vocabulary} }

// IsTokens tells whether a time step shows a token.
func (i Input) IsTokens() bool { return i.Vocabulary > 0 }

// Output says what is asked of a model.
type Output struct {
	Loss  Loss  `json:"loss"`
	Width int   `json:"width"` // classes, or values to predict
	Where Where `json:"where"`

	// Tail, where it is not 0, asks that the mean loss of the last Tail steps be told beside that of all (the
	// symbols to be recalled, in the task copy). Where is EveryStep then.
	Tail int `json:"tail,omitempty"`
}

// Rows returns how many targets a batch of the given size and length has, counted or not: B, or T·B.
func (o Output) Rows(size, length int) int {
	if o.Where == EveryStep {
		return size * length
	}
	return size
}

// Samples returns the number of sequences of a split (of a stream: targets), or Endless.
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

// Batches returns how many batches of the given size and length cover a split, the last one perhaps in part, or
// Endless. The length matters for streams alone. It is 0 for an empty split and for a size or length below 1.
func (s Spec) Batches(split Split, size, length int) int {
	n := s.Samples(split)
	if n == Endless {
		return Endless
	}
	if size < 1 || length < 1 {
		return 0
	}
	if s.Stream {
		return ceil(ceil(n, size), length)
	}
	return ceil(n, size)
}

// ceil returns n/d rounded up, for n ≥ 0 and d ≥ 1, without overflow.
func ceil(n, d int) int { return n/d + min(n%d, 1) }

// Check tells what contradicts itself in a Spec, as Open does of every task that it opens; the error matches
// ErrConfig.
func (s Spec) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: the specification of %q says %s", ErrConfig, s.Name, fmt.Sprintf(format, args...))
	}
	switch in, out := s.Input, s.Output; {
	case s.Name == "":
		return bad("no name")
	case s.Length < 1:
		return bad("length %d, want at least 1", s.Length)
	case in.Width < 0 || in.Vocabulary < 0 || (in.Width > 0) == (in.Vocabulary > 0):
		return bad("%d values and a vocabulary of %d, want one of the two", in.Width, in.Vocabulary)
	case out.Width < 1:
		return bad("outputs of width %d, want at least 1", out.Width)
	case out.Loss != CrossEntropy && out.Loss != SquaredError:
		return bad("loss %v, want cross-entropy or squared error", out.Loss)
	case out.Where != LastStep && out.Where != MeanOverSteps && out.Where != EveryStep:
		return bad("a target at %v, want the last step, the mean over steps or every step", out.Where)
	case out.Tail < 0 || out.Tail > s.Length || out.Tail > 0 && out.Where != EveryStep:
		return bad("a tail of %d steps at a length of %d, with a target at %v; want every step and no more than there are", out.Tail, s.Length, out.Where)
	case s.Stream && out.Where != EveryStep:
		return bad("a stream with a target at %v, want every step", out.Where)
	case s.Stream && s.TrainSize == Endless:
		return bad("a stream without end: rows are parts of a whole, so it needs a size")
	case s.TrainSize < Endless || s.ValidSize < 0 || s.TestSize < 0:
		return bad("sizes %d, %d and %d of its splits", s.TrainSize, s.ValidSize, s.TestSize)
	case !s.Metric.known(out.Loss):
		return bad("metric %q with loss %v; with that loss there are %v", s.Metric, out.Loss, metricsOf(out.Loss))
	}
	return s.Encoding.check(s)
}

// Loss is what training makes small.
type Loss int

// The losses.
const (
	CrossEntropy Loss = iota // of one of Width classes, in nats
	SquaredError             // mean over Width values
)

var lossNames = names[Loss]{"loss", []string{CrossEntropy: "cross-entropy", SquaredError: "squared-error"}}

// Losses lists the names of the losses.
func Losses() []string { return slices.Clone(lossNames.text) }

func (l Loss) String() string { return lossNames.of(l) }

// MarshalText makes JSON show the name.
func (l Loss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a name; the error matches ErrConfig.
func (l *Loss) UnmarshalText(text []byte) error { return lossNames.parse(l, text) }

// Where says which steps have a target.
type Where int

// The places of targets.
const (
	LastStep      Where = iota // one a sequence, asked of the last state
	MeanOverSteps              // one a sequence, asked of the mean of all states
	EveryStep                  // one a time step, asked of its state
)

var whereNames = names[Where]{"place of targets", []string{LastStep: "last-step", MeanOverSteps: "mean-over-steps", EveryStep: "every-step"}}

// Places lists the names of the places of targets.
func Places() []string { return slices.Clone(whereNames.text) }

func (w Where) String() string { return whereNames.of(w) }

// MarshalText makes JSON show the name.
func (w Where) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a name; the error matches ErrConfig.
func (w *Where) UnmarshalText(text []byte) error { return whereNames.parse(w, text) }
