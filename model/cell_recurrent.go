package model

import (
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// The recurrences h_t = φ(W h_{t−1} + Wx x_t + b) differ in W.
var (
	spectralCell = cell{name: "spectral", help: "W = U diag(σ) Vᵀ, σ in a band (Zhang, Lei & Dhillon 2018)", time: true, factored: true,
		layer: func(c Config, _ int, last bool) nn.Layer { return c.recurrent(c.spectral(c.Radius), last) }}
	ornnCell = cell{name: "ornn", help: "W orthogonal, σ = 1 (Mhammedi et al. 2017)", time: true, factored: true, fixed: true,
		layer: func(c Config, _ int, last bool) nn.Layer { return c.recurrent(c.spectral(0), last) }}
	rnnCell = cell{name: "rnn", help: "W free", time: true,
		layer: func(c Config, _ int, last bool) nn.Layer { return c.recurrent(&nn.Dense{Init: nn.FanIn}, last) }}
	irnnCell = cell{name: "irnn", help: "W free, the identity at the start (Le, Jaitly & Hinton 2015)", time: true,
		layer: func(c Config, _ int, last bool) nn.Layer { return c.recurrent(&nn.Dense{Init: nn.Identity}, last) }}
)

func (c Config) recurrent(w nn.Weight, last bool) nn.Layer {
	act, _ := ParseActivation(c.Activation)
	return &nn.Recurrent{Hidden: c.Hidden, Weight: w, Input: c.inputInit(), Act: act, Last: last}
}
