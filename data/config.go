package data

import (
	"fmt"
	"slices"
	"strings"
)

// Config chooses among the forms of a task. The zero value is a good start for every task; an option that a task
// does not have is refused, not ignored.
type Config struct {
	// Dir is the data directory; "" stands for the one that Dir returns.
	Dir string `json:"-"`

	// Seed decides everything that is random in a task: generated sequences and the order of training sequences in
	// each epoch.
	Seed uint64 `json:"-"`

	// Length is the number of time steps (copy: the lag; texts: the steps of a batch, over which gradients flow);
	// 0 stands for the task's own default.
	Length int `json:"length,omitempty"`

	// Sequences of each split (of a stream: targets); 0 stands for the task's own default. Where sequences come from
	// files, a size takes that many from the start of the split. Where the files have no validation split, as those
	// of mnist and ucr, ValidSize takes that many from the training files.
	TrainSize int `json:"train_size,omitempty"`
	ValidSize int `json:"valid_size,omitempty"`
	TestSize  int `json:"test_size,omitempty"`

	// Shares divides a file into splits; the zero value stands for the task's own default.
	Shares Shares `json:"shares,omitzero"`

	// Unit is what a token of a text is: Character (the default), Byte or Word.
	Unit Unit `json:"unit,omitempty"`

	// Label says which column of a table holds the class: "last" (the default), "first", a name of the header or a
	// number from 1.
	Label string `json:"label,omitempty"`

	// Targets are the columns of numbers to be predicted, by name or number from 1. A table with targets has no
	// label. In a series, none stands for all columns.
	Targets []string `json:"targets,omitempty"`

	// Columns are the columns that are read as input, by name or number from 1; none stands for all others than the
	// label or the targets (in a series: for all).
	Columns []string `json:"columns,omitempty"`

	// Channels is how many different quantities the columns of a row show in turn, where a row is a sequence (x₁ y₁ x₂ y₂ …:
	// 2); 0 stands for 1. A time step shows each once, or, where Length asks for fewer steps, several times. Each is
	// scaled by itself.
	Channels int `json:"channels,omitempty"`

	// Horizon is how many rows of a series are predicted from a window; 0 stands for 1.
	Horizon int `json:"horizon,omitempty"`

	// Header says whether the first row of a table has names; "" finds out.
	Header Header `json:"header,omitempty"`

	// Normalise says how the values of a table are scaled; "" stands for the task's own default.
	Normalise Normalise `json:"normalise,omitempty"`

	// Missing says what becomes of missing values and of short sequences; "" refuses them.
	Missing Missing `json:"missing,omitempty"`
}

// Shares are the parts of a file that become the splits. They are positive or 0 and add up to 1; each split is
// contiguous where the order of rows means something, as in texts and series.
type Shares struct {
	Train float64 `json:"train"`
	Valid float64 `json:"valid"`
	Test  float64 `json:"test"`
}

// Header says whether a table begins with a row of names.
type Header string

// The answers. The empty Header finds out: there are names where a value of the first row is no number.
const (
	HeaderYes Header = "yes"
	HeaderNo  Header = "no"
)

// Normalise says how values are scaled.
type Normalise string

// The scalings. A value that never varies becomes 0.
const (
	NormaliseNone     Normalise = "none"     // values are taken as they are
	NormaliseTrain    Normalise = "train"    // each value of a time step to mean 0 and deviation 1 over the training split
	NormaliseSequence Normalise = "sequence" // each sequence to mean 0 and deviation 1
)

// Missing says what becomes of missing values and of short sequences.
type Missing string

// The policies.
const (
	MissingRefuse Missing = "refuse" // an error that says where
	MissingPad    Missing = "pad"    // gaps are interpolated, short sequences get zeros in front, so that the last step is the last value
)

// Option names a field of Config beyond Dir, Seed, Length and the sizes, which every task has. Its value is the
// field's name in JSON.
type Option string

// The options.
const (
	OptionShares    Option = "shares"
	OptionUnit      Option = "unit"
	OptionLabel     Option = "label"
	OptionTargets   Option = "targets"
	OptionColumns   Option = "columns"
	OptionChannels  Option = "channels"
	OptionHorizon   Option = "horizon"
	OptionHeader    Option = "header"
	OptionNormalise Option = "normalise"
	OptionMissing   Option = "missing"
)

// given returns the options that are set.
func (c Config) given() []Option {
	var all []Option
	for _, v := range []struct {
		option Option
		set    bool
	}{
		{OptionShares, c.Shares != Shares{}}, {OptionUnit, c.Unit != ""}, {OptionLabel, c.Label != ""}, {OptionTargets, len(c.Targets) > 0},
		{OptionColumns, len(c.Columns) > 0}, {OptionChannels, c.Channels != 0}, {OptionHorizon, c.Horizon != 0}, {OptionHeader, c.Header != ""},
		{OptionNormalise, c.Normalise != ""}, {OptionMissing, c.Missing != ""},
	} {
		if v.set {
			all = append(all, v.option)
		}
	}
	return all
}

// check tells what is wrong with the settings for a task with these options; the error matches ErrConfig.
func (c Config) check(options []Option) error {
	for _, v := range []struct {
		name  string
		value int
	}{
		{"length", c.Length}, {"training size", c.TrainSize}, {"validation size", c.ValidSize}, {"test size", c.TestSize},
		{"channels", c.Channels}, {"horizon", c.Horizon},
	} {
		if v.value < 0 {
			return fmt.Errorf("%w: %s %d is negative", ErrConfig, v.name, v.value)
		}
	}
	for _, given := range c.given() {
		if !slices.Contains(options, given) {
			return fmt.Errorf("%w: it has no option %q; %s", ErrConfig, given, theOptions(options))
		}
	}
	for _, err := range []error{
		c.Shares.check(), oneOf("header", c.Header, HeaderYes, HeaderNo), oneOf("normalise", c.Normalise, NormaliseNone, NormaliseTrain, NormaliseSequence),
		oneOf("missing", c.Missing, MissingRefuse, MissingPad),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func theOptions(options []Option) string {
	if len(options) == 0 {
		return "it has none"
	}
	var names []string
	for _, o := range options {
		names = append(names, string(o))
	}
	return "it has " + enumerate(names)
}

// oneOf refuses a value that is neither empty nor among those there are.
func oneOf[S ~string](name string, value S, all ...S) error {
	if value == "" || slices.Contains(all, value) {
		return nil
	}
	var texts []string
	for _, s := range all {
		texts = append(texts, string(s))
	}
	return fmt.Errorf("%w: %s %q; there are %s", ErrConfig, name, value, strings.Join(texts, ", "))
}

// or returns v, or the default d where v is 0.
func or[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}
