package model

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// FirstNonFinite names the first gradient that is not finite after a training step, "" where all are finite.
func (m *Network) FirstNonFinite() (string, error) {
	words := make([]float32, m.params.words)
	if err := m.params.G.Read(0, words); err != nil {
		return "", err
	}
	for _, t := range m.params.tensors {
		for i, w := range words[t.Off : t.Off+t.Len()] {
			if f := float64(w); math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Sprintf("the gradient of %s (row %d, column %d: %g)", t.Name, i/t.Cols, i%t.Cols, f), nil
			}
		}
	}
	return "", nil
}

// InitialStateGradient returns dL/dh_0 of the bottom layer after a training step, B × n: what is left of the gradient after T steps.
func (m *Network) InitialStateGradient() ([]float32, error) { return gpu.ReadView(m.layers[0].dh0) }
