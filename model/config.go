package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// ErrConfig is a setting that cannot be; its text names the setting, the value and what is possible.
var ErrConfig = gpu.ErrSetting

// Config says what a network is. Sizes are in elements.
type Config struct {
	Cell   string      `json:"cell"`             // one of Cells
	Length int         `json:"length"`           // T, time steps of a sequence, or of a batch of a stream
	Batch  int         `json:"batch"`            // B, sequences a step
	Input  data.Input  `json:"input"`            // what a time step shows
	Output data.Output `json:"output"`           // what is asked, and where
	Stream bool        `json:"stream,omitempty"` // a batch goes on where the one before ended: states are carried

	Hidden     int     `json:"hidden"`               // n
	Layers     int     `json:"layers"`               // stacked recurrences, or layers of a dense network
	Reflectors int     `json:"reflectors"`           // m = m₁ = m₂, reflectors a side
	Radius     float64 `json:"r"`                    // r: σ stays in [σ*−r, σ*+r]
	Center     float64 `json:"sigma"`                // σ*
	Activation string  `json:"activation"`           // see ParseActivation
	Form       Form    `json:"form,omitempty"`       // of W in the time steps; empty is FormAuto
	Init       string  `json:"init,omitempty"`       // of spectral weights, one of Inits; empty is random
	InputInit  string  `json:"input_init,omitempty"` // of the input map, one of InputInits; empty is uniform, and within ±0.1 where its columns are those of tokens
	Embedding  int     `json:"embedding,omitempty"`  // width of the tokens' rows; 0: they are n wide and come in directly, or n wide where a cell has gates
	Tied       bool    `json:"tied,omitempty"`       // the read-out has the rows of the tokens
	NoBias     bool    `json:"no_bias,omitempty"`    // the recurrences have no additive bias
	Initial    string  `json:"initial,omitempty"`    // the first state: zero (empty), learned, or noise
	// InitialNoise is the standard deviation of a first state that is noise: training draws it anew in every step, elsewhere it is zero.
	InitialNoise float64 `json:"initial_noise,omitempty"`
	Gain         float64 `json:"gain,omitempty"`    // of the initial read-out; 0 stands for 1
	Dropout      float64 `json:"dropout,omitempty"` // share of a layer's inputs that are dropped in training, those of the read-out included
	// DropoutOverTime drops the same units of a sequence at all time steps.
	DropoutOverTime bool `json:"dropout_over_time,omitempty"`
	// DropoutState is the share of the units whose states W does not see in training, the same at all time steps of a sequence.
	DropoutState float64 `json:"dropout_state,omitempty"`
	Seed         uint64  `json:"seed"` // of the initial parameters
}

// Form is how a factored W takes part in the time steps. All give the same numbers up to rounding.
type Form string

// The forms.
const (
	FormAuto    Form = "auto"     // the one that costs less
	FormMatrix  Form = "matrix"   // W is formed once a step: 2n² flops a time step and sample
	FormLowRank Form = "low-rank" // W stays diagonal plus low rank: 8mn flops
	FormApplied Form = "applied"  // Q(V)ᵀ, Σ and Q(U) in turn; dense networks only
)

// Forms lists the forms.
func Forms() []Form { return []Form{FormAuto, FormMatrix, FormLowRank, FormApplied} }

// method returns the form as hh has it.
func (f Form) method() hh.Method {
	return map[Form]hh.Method{FormMatrix: hh.Materialised, FormLowRank: hh.AsLowRank, FormApplied: hh.Applied}[f]
}

// DefaultConfig returns the settings of the paper's experiments for a task: n = 128, m = 16, r = 0.01, σ* = 1, batch 128,
// leaky ReLU.
func DefaultConfig(s data.Spec) Config {
	return Config{
		Cell: "spectral", Length: s.Length, Batch: 128, Input: s.Input, Output: s.Output, Stream: s.Stream,
		Hidden: 128, Layers: 1, Reflectors: 16, Radius: 0.01, Center: 1, Activation: "leaky-relu", Seed: 1,
	}
}

// Check tells what is wrong with the settings; its error is ErrConfig.
func (c Config) Check() error {
	for _, v := range []struct {
		name       string
		value, max int
	}{
		{"length", c.Length, 1 << 24}, {"batch", c.Batch, 1 << 20}, {"inputs", c.Input.Width + c.Input.Vocabulary, 1 << 20}, {"outputs", c.Output.Width, 1 << 20},
		{"hidden", c.Hidden, 1 << 15}, {"layers", c.Layers, 1024}, {"embedding", max(c.Embedding, 1), 1 << 15},
	} {
		if v.value < 1 || v.value > v.max {
			return fmt.Errorf("%w: %s is %d, want 1 … %d", ErrConfig, v.name, v.value, v.max)
		}
	}
	cell, err := c.cell()
	if err != nil {
		return err
	}
	for _, v := range []struct{ name, value, list string }{
		{"form", string(c.Form), join(Forms())}, {"init", c.Init, join(Inits())}, {"input-init", c.InputInit, join(InputInits())},
	} {
		if v.value != "" && !slices.Contains(strings.Split(v.list, ", "), v.value) {
			return fmt.Errorf("%w: %s %q; there are %s", ErrConfig, v.name, v.value, v.list)
		}
	}
	if _, err := ParseActivation(c.Activation); err != nil {
		return err
	}
	if err := c.checkTokens(); err != nil {
		return err
	}
	if err := c.checkStates(cell); err != nil {
		return err
	}
	if gain := float32(c.Gain); !(gain >= 0) || math.IsInf(float64(gain), 0) || c.Gain != 0 && gain == 0 {
		return fmt.Errorf("%w: a gain of %g; want a positive number, or 0 for 1", ErrConfig, c.Gain)
	}
	if !cell.time && c.Length != 1 {
		return fmt.Errorf("%w: length %d with the cell %s, which has no time: give it the whole input at once, with --length 1", ErrConfig, c.Length, c.Cell)
	}
	if cell.factored {
		return c.checkSpectrum(cell)
	}
	return nil
}

// checkStates checks the settings of states, biases and dropout.
func (c Config) checkStates(cell cell) error {
	random := c.Initial == "noise"
	switch {
	case !slices.Contains([]string{"", "zero", "learned", "noise"}, c.Initial) || c.Stream && (random || c.Initial == "learned"):
		return fmt.Errorf("%w: initial state %q; want zero, or learned or noise where no state is carried from batch to batch", ErrConfig, c.Initial)
	case !cell.plain && (c.NoBias || c.Initial == "learned"):
		return fmt.Errorf("%w: the cell %s has biases and a first state that is not learned; only plain recurrences can be without bias or learn their first state", ErrConfig, c.Cell)
	case random && !cell.time:
		return fmt.Errorf("%w: the cell %s has no first state that could be noise", ErrConfig, c.Cell)
	case random && !(single(c.InitialNoise) > 0 && !math.IsInf(single(c.InitialNoise), 0)):
		return fmt.Errorf("%w: noise with a standard deviation of %g in the first state; give it by --initial-noise, more than 0", ErrConfig, c.InitialNoise)
	case !random && c.InitialNoise != 0:
		return fmt.Errorf("%w: noise with a standard deviation of %g in a first state that is no noise; add --initial noise", ErrConfig, c.InitialNoise)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return fmt.Errorf("%w: dropout %g; want 0 or more and less than 1", ErrConfig, c.Dropout)
	case !(c.DropoutState >= 0 && c.DropoutState < 1):
		return fmt.Errorf("%w: dropout of states %g; want 0 or more and less than 1", ErrConfig, c.DropoutState)
	case c.DropoutState > 0 && !cell.time:
		return fmt.Errorf("%w: the cell %s has no states that could be dropped", ErrConfig, c.Cell)
	}
	return nil
}

// perturb returns what training does to the states.
func (c Config) perturb() nn.Perturb {
	return nn.Perturb{Dropout: c.DropoutState, Noise: c.InitialNoise}
}

// checkTokens checks the settings of what is made of tokens.
func (c Config) checkTokens() error {
	switch {
	case !c.Input.IsTokens() && (c.Embedding != 0 || c.Tied):
		return fmt.Errorf("%w: an embedding of width %d, tied %v, where the task shows numbers; only what shows tokens has embeddings and tied read-outs: leave out --embedding and --tied",
			ErrConfig, c.Embedding, c.Tied)
	case c.Embedding < 0:
		return fmt.Errorf("%w: an embedding of width %d; want 0 or more", ErrConfig, c.Embedding)
	case c.Tied && c.Output.Width != c.Input.Vocabulary:
		return fmt.Errorf("%w: a tied read-out of %d classes for %d tokens; want as many, as in texts: leave out --tied", ErrConfig, c.Output.Width, c.Input.Vocabulary)
	case c.Tied && c.tokenWidth() != c.Hidden:
		return fmt.Errorf("%w: a tied read-out needs an embedding as wide as the state; they are %d and %d wide: leave out --embedding or --tied", ErrConfig, c.tokenWidth(), c.Hidden)
	}
	return nil
}

// tokenWidth returns the width of a token's row.
func (c Config) tokenWidth() int {
	if c.Embedding > 0 {
		return c.Embedding
	}
	return c.Hidden
}

// leastSingle is the smallest number of single precision: devices take smaller ones for 0.
const leastSingle = 0x1p-126

// single returns x as a device uses it, in single precision.
func single(x float64) float64 {
	if v := float64(float32(x)); math.Abs(v) >= leastSingle || math.IsNaN(v) {
		return v
	}
	return 0
}

// checkSpectrum checks the settings of weights that are factored, as they are used: in fp32.
func (c Config) checkSpectrum(cell cell) error {
	center, radius := single(c.Center), single(c.Radius)
	switch {
	case c.Reflectors < 0 || c.Reflectors > c.Hidden:
		return fmt.Errorf("%w: %d reflectors for %d hidden units; want 0 … %d", ErrConfig, c.Reflectors, c.Hidden, c.Hidden)
	case !(center >= 0 && !math.IsInf(center, 0)) || center == 0 && (cell.time || c.Center != 0):
		return fmt.Errorf("%w: sigma %g; a recurrence needs a positive centre of its singular values", ErrConfig, c.Center)
	case cell.fixed:
		return nil
	case !(radius > 0) || math.IsInf(radius, 0) || center > 0 && !(radius < center):
		return fmt.Errorf("%w: r = %g with sigma = %g; want more than 0 and less than sigma, in single precision (the cell ornn has r = 0)", ErrConfig, c.Radius, c.Center)
	}
	return nil
}

// join lists values for a message.
func join[T ~string](list []T) string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return strings.Join(out, ", ")
}

// Activations lists the activations as ParseActivation reads them.
func Activations() []string {
	return []string{"relu", "leaky-relu[:SLOPE]", "tanh", "modrelu", "scaled-tanh", "identity"}
}

// ParseActivation reads one of Activations. The slope of leaky-relu defaults to 0.01; the parameters that modrelu and scaled-tanh have for
// each unit are the layer's.
func ParseActivation(s string) (gpu.Activation, error) {
	name, arg, hasArg := strings.Cut(s, ":")
	kinds := map[string]gpu.ActivationKind{"relu": gpu.ReLU, "leaky-relu": gpu.LeakyReLU, "tanh": gpu.Tanh, "modrelu": gpu.ModReLU,
		"scaled-tanh": gpu.ScaledTanh, "identity": gpu.Identity}
	kind, ok := kinds[name]
	if !ok || hasArg && kind != gpu.LeakyReLU {
		return gpu.Activation{}, fmt.Errorf("%w: activation %q; want %s", ErrConfig, s, join(Activations()))
	}
	a := gpu.Activation{Kind: kind}
	if kind == gpu.LeakyReLU {
		a.Slope = 0.01
	}
	if hasArg {
		slope, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(slope >= 0 && slope <= 1) || single(slope) == 0 && slope != 0 {
			return gpu.Activation{}, fmt.Errorf("%w: leaky-relu slope %q; want a number in [0, 1] that is not below %.3g, the smallest of single precision, unless it is 0", ErrConfig, arg, leastSingle)
		}
		a.Slope = float32(slope)
	}
	return a, nil
}
