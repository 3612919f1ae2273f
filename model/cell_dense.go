package model

import (
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// The dense networks have no time: layer 0 is a plain map from the input to n units, which is followed by Layers−1 square layers, or by
// ⌊(Layers−1)/2⌋ blocks of two of them around which the input goes.
var (
	mlpCell = cell{name: "mlp", help: "layers y = φ(W x + b), W free",
		layer: func(c Config, l int, _ bool) nn.Layer {
			return c.dense(l, func() nn.Weight { return &nn.Dense{Init: nn.Xavier(1)} })
		}}
	spectralMLPCell = cell{name: "spectral-mlp", help: "layers y = φ(W x + b), W = U diag(σ) Vᵀ", factored: true,
		layer: func(c Config, l int, _ bool) nn.Layer {
			return c.dense(l, func() nn.Weight { return c.spectral(c.Radius) })
		}}
	resnetCell = cell{name: "resnet", residual: true, help: "blocks y = φ(W₂ φ(W₁ x + b₁) + b₂ + x), W free",
		layer: func(c Config, l int, _ bool) nn.Layer {
			return c.residual(l, func() nn.Weight { return &nn.Dense{Init: nn.Xavier(1)} })
		}}
	spectralResnetCell = cell{name: "spectral-resnet", residual: true, help: "blocks y = φ(W₂ φ(W₁ x + b₁) + b₂ + x), W = U diag(σ) Vᵀ", factored: true,
		layer: func(c Config, l int, _ bool) nn.Layer {
			return c.residual(l, func() nn.Weight { return c.spectral(c.Radius) })
		}}
)

func (c Config) dense(l int, weight func() nn.Weight) nn.Layer {
	act, _ := ParseActivation(c.Activation)
	if l == 0 {
		return &nn.Linear{Out: c.Hidden, Weight: &nn.Dense{Init: nn.Xavier(1)}, Act: act}
	}
	return &nn.Linear{Out: c.Hidden, Weight: weight(), Act: act}
}

// LeastResidual is the layers of a residual network with one block. Networks of fewer, which have none, are read where they were trained before.
const LeastResidual = 3

// residual returns a block for every even l, which counts for two layers, and nothing for the others but the first.
func (c Config) residual(l int, weight func() nn.Weight) nn.Layer {
	act, _ := ParseActivation(c.Activation)
	switch {
	case l == 0:
		return &nn.Linear{Out: c.Hidden, Weight: &nn.Dense{Init: nn.Xavier(1)}, Act: act}
	case l%2 == 0:
		return &nn.Residual{W1: weight(), W2: weight(), Act: act}
	}
	return nil
}
