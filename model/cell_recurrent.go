package model

import (
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// The recurrences h_t = φ(W h_{t−1} + Wx x_t + b) differ in W.
var (
	spectralCell = cell{name: "spectral", help: "W = U diag(σ) Vᵀ, σ in a band (Zhang, Lei & Dhillon 2018)", time: true, plain: true, factored: true,
		layer: func(c Config, l int, last bool) nn.Layer { return c.recurrent(l, c.spectral(c.Radius), last) }}
	ornnCell = cell{name: "ornn", help: "W orthogonal, σ = 1 (Mhammedi et al. 2017)", time: true, plain: true, factored: true, fixed: true,
		layer: func(c Config, l int, last bool) nn.Layer { return c.recurrent(l, c.spectral(0), last) }}
	rnnCell = cell{name: "rnn", help: "W free", time: true, plain: true,
		layer: func(c Config, l int, last bool) nn.Layer { return c.recurrent(l, &nn.Dense{Init: nn.FanIn}, last) }}
	irnnCell = cell{name: "irnn", help: "W free, the identity at the start (Le, Jaitly & Hinton 2015)", time: true, plain: true,
		layer: func(c Config, l int, last bool) nn.Layer { return c.recurrent(l, &nn.Dense{Init: nn.Identity}, last) }}
)

// recurrent returns layer l. Tokens without an embedding of their own width come in directly.
func (c Config) recurrent(l int, w nn.Weight, last bool) nn.Layer {
	act, _ := ParseActivation(c.Activation)
	return &nn.Recurrent{Hidden: c.Hidden, Weight: w, Input: c.inputInit(), Direct: l == 0 && c.Input.IsTokens() && c.Embedding == 0,
		NoBias: c.NoBias, Act: act, Initial: c.Initial == "learned", Last: last, Perturb: c.perturb()}
}
