package model

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// GradientNorms returns for every recurrence ‖dL/dh_t‖, t = 0 … T, over all sequences of the first training batch of a task: what reaches h_t from
// the steps after it, and at t = T what is read of the last state (0 where every state is read). It runs a step of training with the learning rate
// 0, on a network that nobody trains: the optimiser's moments change. A network without time has none. Errors: ErrNotFinite, those of the task
// and the device.
func (m *Network) GradientNorms(task data.Task) ([][]float64, error) {
	counted, err := task.Fill(data.Train, 0, 0, m.Batch())
	if err != nil {
		return nil, err
	}
	if m.Config.Stream {
		if err := m.ResetStates(true); err != nil {
			return nil, err
		}
	}
	if _, err := m.net.TrainStep(1, 0, counted); err != nil {
		return nil, err
	}
	var all [][]float64
	for i, s := range m.net.Train.Recurrences() {
		norms, err := stateGradientNorms(s)
		if err != nil {
			return nil, err
		}
		for t, v := range norms {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: the gradient of state %d of recurrence %d", ErrNotFinite, t, i)
			}
		}
		all = append(all, norms)
	}
	return all, nil
}

// GradientNorms returns those of Network.GradientNorms for the network of the checkpoint, over at most so many sequences of the first training batch.
// It is computed on a copy of its own. Errors: as there, and those of New.
func (c *Checkpoint) GradientNorms(dev *gpu.Device, task data.Task, sequences int) ([][]float64, error) {
	cfg := c.Config
	cfg.Batch = max(1, min(cfg.Batch, sequences))
	m, err := New(dev, cfg, c.Optimizer)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := c.copyParameters(m.net, func(string) bool { return false }); err != nil {
		return nil, err
	}
	return m.GradientNorms(task)
}

// stateGradientNorms multiplies the gradients of one step after the other by Wᵀ, in float64.
func stateGradientNorms(s nn.StateGradients) ([]float64, error) {
	w, err := denseWeight(s.Weight)
	if err != nil {
		return nil, err
	}
	norms := make([]float64, s.Length+1)
	if !s.End.IsZero() {
		end, err := readDense(s.End)
		if err != nil {
			return nil, err
		}
		norms[s.Length] = mat.Norm(end, 2)
	}
	delta, err := gpu.ReadView(s.Delta)
	if err != nil {
		return nil, err
	}
	k := s.Delta.Cols
	one, product := mat.NewDense(s.Batch, k, nil), new(mat.Dense)
	for t := range s.Length {
		for i, v := range delta[t*s.Batch*k : (t+1)*s.Batch*k] {
			one.RawMatrix().Data[i] = float64(v)
		}
		product.Mul(one, w)
		norms[t] = mat.Norm(product, 2)
	}
	return norms, nil
}

// denseWeight returns W as the last step had it.
func denseWeight(w nn.Weight) (*mat.Dense, error) {
	f, _, ok := w.LowRank()
	if !ok {
		m, _ := w.Matrix()
		return readDense(m)
	}
	d, err := gpu.ReadView(f.D)
	if err != nil {
		return nil, err
	}
	out := mat.NewDense(len(d), len(d), nil)
	if f.L.Rows > 0 {
		l, err := readDense(f.L)
		if err != nil {
			return nil, err
		}
		r, err := readDense(f.R)
		if err != nil {
			return nil, err
		}
		out.Mul(l.T(), r)
	}
	for i, v := range d {
		out.Set(i, i, out.At(i, i)+float64(v))
	}
	return out, nil
}

func readDense(v gpu.View) (*mat.Dense, error) {
	values, err := gpu.ReadView(v)
	if err != nil {
		return nil, err
	}
	wide := make([]float64, len(values))
	for i, x := range values {
		wide[i] = float64(x)
	}
	return mat.NewDense(v.Rows, v.Cols, wide), nil
}
