package data

import "fmt"

// Encoding is what turns data into the numbers that a network reads, and its outputs back into what they mean. A
// checkpoint carries it (it is plain JSON), so that predictions need no data set. What a task does not need is empty.
type Encoding struct {
	Classes []string `json:"classes,omitempty"` // the name of each class

	// Unit is what a token is. Vocabulary has the text of each token; it is empty for bytes, which are their own
	// numbers.
	Unit       Unit     `json:"unit,omitempty"`
	Vocabulary []string `json:"vocabulary,omitempty"`

	Columns []string `json:"columns,omitempty"` // the names of the values of a row of a table, where they have names
	// TargetColumns are the names of the outputs of a regression, where they have names.
	TargetColumns []string `json:"target_columns,omitempty"`

	// Channels is how many different quantities a sequence shows in turn; 0 stands for 1.
	Channels int `json:"channels,omitempty"`

	Inputs  []Normal `json:"inputs,omitempty"`  // of each channel
	Targets []Normal `json:"targets,omitempty"` // of each output of a regression

	// PerSequence tells that every sequence is brought to mean 0 and standard deviation 1 by itself (a sequence
	// whose values are all the same to 0).
	PerSequence bool `json:"per_sequence,omitempty"`

	// Windows tells that a sequence is Length rows of a table, not one row.
	Windows bool `json:"windows,omitempty"`

	// Missing says what becomes of missing values and of short sequences; "" refuses them.
	Missing Missing `json:"missing,omitempty"`

	// Order, where it is not empty, is a permutation of the values of a sequence: place k shows value Order[k].
	Order []int32 `json:"order,omitempty"`
}

// Normal is a map of numbers: x becomes (x − Mean)/Deviation.
type Normal struct {
	Mean      float64 `json:"mean"`
	Deviation float64 `json:"deviation"` // above 0
}

// Unit is what a token of a text is.
type Unit string

// The units.
const (
	Byte      Unit = "byte"
	Character Unit = "character" // a Unicode code point
	Word      Unit = "word"      // between blanks; each end of line is the word EndOfLine
	Symbol    Unit = "symbol"    // between blanks and ends of line
)

// EndOfLine is the word that stands for the end of a line in a text of words.
const EndOfLine = "<eos>"

func (e Encoding) channels() int { return max(e.Channels, 1) }

// check tells what does not fit the rest of a Spec.
func (e Encoding) check(s Spec) error {
	for _, v := range []struct {
		what      string
		got, want int
	}{
		{"classes", len(e.Classes), s.Output.Width}, {"words in its vocabulary", len(e.Vocabulary), s.Input.Vocabulary},
		{"names of outputs", len(e.TargetColumns), s.Output.Width}, {"normalised inputs", len(e.Inputs), e.channels()},
		{"normalised targets", len(e.Targets), s.Output.Width}, {"places in its order", len(e.Order), s.Length * s.Input.Width},
	} {
		if v.got != 0 && v.got != v.want {
			return fmt.Errorf("%w: the specification of %q has %d %s, want %d", ErrConfig, s.Name, v.got, v.what, v.want)
		}
	}
	if s.Input.Width%e.channels() != 0 {
		return fmt.Errorf("%w: the specification of %q has %d channels and %d values a time step, want a multiple", ErrConfig, s.Name, e.channels(), s.Input.Width)
	}
	for _, n := range append(append([]Normal(nil), e.Inputs...), e.Targets...) {
		if !(n.Deviation > 0) {
			return fmt.Errorf("%w: the specification of %q divides by a deviation of %g, want more than 0", ErrConfig, s.Name, n.Deviation)
		}
	}
	return nil
}
