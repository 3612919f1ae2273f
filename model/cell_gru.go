package model

import "github.com/spectral-gpu/spectral-gpu/gpu/nn"

var gruCell = cell{name: "gru", help: "gated recurrent unit, W free (Cho et al. 2014)", time: true,
	layer: func(c Config, _ int, last bool) nn.Layer {
		return &nn.GRU{Hidden: c.Hidden, Weight: &nn.Dense{Init: nn.FanIn}, Last: last, Perturb: c.perturb()}
	}}
