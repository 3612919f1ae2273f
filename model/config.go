package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// ErrConfig is a setting that cannot be; its text names the setting, the value and what is possible.
var ErrConfig = errors.New("bad setting")

// Cell names how the recurrent matrix is kept.
type Cell string

// The cells.
const (
	Spectral Cell = "spectral"
	ORNN     Cell = "ornn"
	RNN      Cell = "rnn"
	IRNN     Cell = "irnn"
)

// Cells lists the cells.
func Cells() []Cell { return []Cell{Spectral, RNN, IRNN, ORNN} }

// Factored tells whether W is kept as reflectors and singular values.
func (c Cell) Factored() bool { return c == Spectral || c == ORNN }

// Form is how a factored W takes part in the time steps. Both give the same numbers up to rounding.
type Form string

// The forms.
const (
	FormAuto    Form = "auto"    // the one that costs less
	FormMatrix  Form = "matrix"  // W is formed once a step: 2n² flops a time step and sample
	FormFactors Form = "factors" // W stays diagonal plus low rank: 8mn flops
)

// Forms lists the forms.
func Forms() []Form { return []Form{FormAuto, FormMatrix, FormFactors} }

// Config says what a network is. Sizes are in elements.
type Config struct {
	Cell       Cell      `json:"cell"`
	Steps      int       `json:"steps"`          // T, time steps of a sequence
	Batch      int       `json:"batch"`          // B, sequences a step
	Inputs     int       `json:"inputs"`         // values of a time step
	Outputs    int       `json:"outputs"`        // classes, or values to predict
	Kind       data.Loss `json:"-"`              // of the last step
	Hidden     int       `json:"hidden"`         // n
	Layers     int       `json:"layers"`         // stacked recurrences
	Reflectors int       `json:"reflectors"`     // m = m₁ = m₂, reflectors a side
	Radius     float64   `json:"r"`              // r: σ stays in [σ*−r, σ*+r]
	Center     float64   `json:"sigma"`          // σ*
	Activation string    `json:"activation"`     // relu, leaky-relu[:SLOPE], tanh, identity
	Form       Form      `json:"form,omitempty"` // of W in the time steps; empty is FormAuto
	Seed       uint64    `json:"seed"`           // of the initial parameters
}

// DefaultConfig returns the settings of the paper's experiments for a task: n = 128, m = 16, r = 0.01, σ* = 1, batch 128,
// leaky ReLU.
func DefaultConfig(s data.Spec) Config {
	return Config{
		Cell: Spectral, Steps: s.Length, Batch: 128, Inputs: s.Input.Width, Outputs: s.Output.Width, Kind: s.Output.Loss,
		Hidden: 128, Layers: 1, Reflectors: 16, Radius: 0.01, Center: 1, Activation: "leaky-relu", Seed: 1,
	}
}

// Check tells what is wrong with the settings; its error is ErrConfig.
func (c Config) Check() error {
	for _, v := range []struct {
		name       string
		value, max int
	}{
		{"steps", c.Steps, 1 << 24}, {"batch", c.Batch, 1 << 20}, {"inputs", c.Inputs, 1 << 20}, {"outputs", c.Outputs, 1 << 20},
		{"hidden", c.Hidden, 1 << 15}, {"layers", c.Layers, 64},
	} {
		if v.value < 1 || v.value > v.max {
			return fmt.Errorf("%w: %s is %d, want 1 … %d", ErrConfig, v.name, v.value, v.max)
		}
	}
	switch c.Cell {
	case Spectral, ORNN, RNN, IRNN:
	default:
		return fmt.Errorf("%w: cell %q; the cells are %v", ErrConfig, c.Cell, Cells())
	}
	if c.Form != "" && !slices.Contains(Forms(), c.Form) {
		return fmt.Errorf("%w: form %q; the forms are %v", ErrConfig, c.Form, Forms())
	}
	if c.Cell.Factored() && (c.Reflectors < 0 || c.Reflectors > c.Hidden) {
		return fmt.Errorf("%w: %d reflectors for %d hidden units; want 0 … %d", ErrConfig, c.Reflectors, c.Hidden, c.Hidden)
	}
	if c.Cell.Factored() && !(c.Center > 0 && !math.IsInf(c.Center, 0)) {
		return fmt.Errorf("%w: sigma %g; a recurrence needs a positive centre of its singular values", ErrConfig, c.Center)
	}
	if c.Cell == Spectral && !(c.Radius > 0 && c.Radius < c.Center) {
		return fmt.Errorf("%w: r = %g with sigma = %g; want 0 < r < sigma, so that no singular value reaches 0 (the cell ornn has r = 0)", ErrConfig, c.Radius, c.Center)
	}
	_, err := ParseActivation(c.Activation)
	return err
}

// radius returns r as the cell uses it.
func (c Config) radius() float32 {
	if c.Cell == ORNN {
		return 0
	}
	return float32(c.Radius)
}

// ParseActivation reads relu, leaky-relu, leaky-relu:SLOPE, tanh or identity. The slope of leaky-relu defaults to 0.01.
func ParseActivation(s string) (gpu.Activation, error) {
	name, arg, hasArg := strings.Cut(s, ":")
	kinds := map[string]gpu.ActivationKind{"relu": gpu.ReLU, "leaky-relu": gpu.LeakyReLU, "tanh": gpu.Tanh, "identity": gpu.Identity}
	kind, ok := kinds[name]
	if !ok || hasArg && kind != gpu.LeakyReLU {
		return gpu.Activation{}, fmt.Errorf("%w: activation %q; want relu, leaky-relu, leaky-relu:SLOPE, tanh or identity", ErrConfig, s)
	}
	a := gpu.Activation{Kind: kind}
	if kind == gpu.LeakyReLU {
		a.Slope = 0.01
	}
	if hasArg {
		slope, err := strconv.ParseFloat(arg, 32)
		if err != nil || !(slope >= 0 && slope <= 1) {
			return gpu.Activation{}, fmt.Errorf("%w: leaky-relu slope %q; want a number in [0, 1]", ErrConfig, arg)
		}
		a.Slope = float32(slope)
	}
	return a, nil
}
