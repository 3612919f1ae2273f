package model

import "github.com/spectral-gpu/spectral-gpu/gpu/nn"

// The cells with a memory of their own. The recurrent matrix of their four gates is 4n × n; in spectral-lstm it is factored, so that no
// gate's part of it can grow or vanish.
var (
	lstmCell = cell{name: "lstm", help: "long short-term memory, W free (Hochreiter & Schmidhuber 1997)", time: true,
		layer: func(c Config, _ int, last bool) nn.Layer { return c.lstm(&nn.Dense{Init: nn.FanIn}, last) }}
	spectralLSTMCell = cell{name: "spectral-lstm", help: "long short-term memory whose stacked recurrent matrix is U diag(σ) Vᵀ", time: true, factored: true,
		layer: func(c Config, _ int, last bool) nn.Layer { return c.lstm(c.spectral(c.Radius), last) }}
)

// forgetBias lets a memory keep what it holds at the start (Jozefowicz, Zaremba & Sutskever 2015).
const forgetBias = 1

func (c Config) lstm(w nn.Weight, last bool) nn.Layer {
	return &nn.LSTM{Hidden: c.Hidden, Weight: w, Forget: forgetBias, Last: last, Perturb: c.perturb()}
}
