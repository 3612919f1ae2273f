package main

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

const (
	inputs, hidden, classes = 2, 32, 2
	batch                   = 128
)

// ring is a stream of points of the square [−1, 1]²; those with a distance of 0.4 to 0.8 from the middle are of class 1.
type ring struct{ src *philox.Source }

func newRing(seed uint64) *ring { return &ring{philox.New(seed, philox.Stream("ring"))} }

func (r *ring) batch(x []float32, labels []int32) {
	for i := range batch {
		a, b := 2*r.src.Float64()-1, 2*r.src.Float64()-1
		x[2*i], x[2*i+1] = float32(a), float32(b)
		labels[i] = 0
		if d := math.Hypot(a, b); d > 0.4 && d < 0.8 {
			labels[i] = 1
		}
	}
}

// network is two layers, W₁ 32 × 2 and W₂ 2 × 32, of two reflectors a side and singular values that are positive and free.
type network struct {
	*nn.Network
	first, second *hh.Weight
}

func newNetwork(dev *gpu.Device) (*network, error) {
	n := &network{}
	var err error
	if n.first, err = weight(hidden, inputs, 1, 2); err != nil {
		return nil, err
	}
	if n.second, err = weight(classes, hidden, 2, 0.2); err != nil {
		return nil, err
	}
	n.Network, err = nn.New(dev, nn.Config{
		Layer: nn.Sequential{
			&nn.Linear{Out: hidden, Weight: n.first, Act: gpu.Activation{Kind: gpu.Tanh}},
			&nn.Linear{Out: classes, Weight: n.second},
		},
		Loss: nn.CrossEntropy{},
		Rule: nn.Adam{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8},
		In:   nn.Shape{Length: 1, Batch: batch, Width: inputs},
	})
	return n, err
}

// weight starts from a dense random matrix with entries of the given size, factored.
func weight(rows, cols int, seed uint64, size float64) (*hh.Weight, error) {
	src := philox.New(seed, philox.Stream("init"))
	w := make([]float32, rows*cols)
	for i := range w {
		w[i] = float32(size * src.Normal())
	}
	factors, err := hh.FromDense(w, rows, cols)
	if err != nil {
		return nil, err
	}
	start, _, err := hh.From(factors, hh.Band{Center: 1, Map: gpu.SigmaPositive})
	return &hh.Weight{Reflectors: 2, Center: 1, Map: gpu.SigmaPositive, Start: start}, err
}
