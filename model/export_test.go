package model

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// Program returns the program of a predictor for sequences of that many steps.
func (p *Predictor) Program(length, batch int) (*gpu.Program, error) {
	f, err := p.at(length, batch)
	if err != nil {
		return nil, err
	}
	return f.Program(), nil
}

// Layers returns the network as package nn has it.
func (m *Network) Layers() *nn.Network { return m.net }
