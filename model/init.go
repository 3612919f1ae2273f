package model

import (
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// starts are the initial values of spectral weights by name.
var starts = []struct {
	name  string
	start hh.Start
}{
	{"random", hh.Random()},                    // the paper's
	{"identity", hh.SameReflectors()},          // U = V: W = σ* I
	{"haar", hh.Haar()},                        // uniform orthogonal factors
	{"henaff", hh.Rotations(hh.Henaff)},        // rotations of planes by angles in (−π, π)
	{"cayley", hh.Rotations(hh.Cayley)},        // by angles in (0, π/2)
	{"cayley-exp", hh.Rotations(hh.CayleyExp)}, // by angles in (0, 1)
}

// Inits lists the initial values that spectral weights can have.
func Inits() []string {
	var out []string
	for _, s := range starts {
		out = append(out, s.name)
	}
	return out
}

func (c Config) start() hh.Start {
	for _, s := range starts {
		if s.name == c.Init {
			return s.start
		}
	}
	return starts[0].start
}

// inputInits are the initial values of input maps by name.
var inputInits = []struct {
	name string
	init nn.Init
}{
	{"uniform", nn.FanMax}, {"fan-in", nn.FanIn}, {"xavier", nn.Xavier(1)}, {"kaiming", nn.Kaiming}, {"unit-columns", nn.UnitColumns},
}

// InputInits lists the initial values that input maps can have.
func InputInits() []string {
	var out []string
	for _, s := range inputInits {
		out = append(out, s.name)
	}
	return out
}

// headInit returns the initial values of the read-out.
func (c Config) headInit() nn.Init {
	if c.Gain == 0 || c.Gain == 1 {
		return nn.FanIn
	}
	return func(dst []float32, rows, cols int, src *philox.Source) {
		nn.FanIn(dst, rows, cols, src)
		for i := range dst {
			dst[i] *= float32(c.Gain)
		}
	}
}

// tableInit returns the initial values of the rows of tokens: nil is that of nn.Embedding. Tokens that come in without an embedding have an input map,
// whose columns these rows are.
func (c Config) tableInit(k cell) nn.Init {
	if c.Embedding != 0 || c.InputInit == "" || !k.plain {
		return nil
	}
	return nn.Transposed(c.inputInit())
}

func (c Config) inputInit() nn.Init {
	for _, s := range inputInits {
		if s.name == c.InputInit {
			return s.init
		}
	}
	return inputInits[0].init
}
