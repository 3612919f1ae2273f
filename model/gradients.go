package model

import (
	"errors"
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

// stateGradientNorms multiplies the gradients of one step after the other by Wᵀ, the last step first, in float64.
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
	past, err := newPastGradient(s, w)
	if err != nil {
		return nil, err
	}
	deltas := make([]stepRows, len(s.Delta))
	for i, part := range s.Delta {
		if deltas[i], err = readSteps(part, s.Batch); err != nil {
			return nil, err
		}
	}
	var mask *mat.Dense
	if !s.Mask.IsZero() {
		if mask, err = readDense(s.Mask); err != nil {
			return nil, err
		}
	}
	k, n := w.Dims()
	delta, reached := mat.NewDense(s.Batch, k, nil), mat.NewDense(s.Batch, n, nil) // of a step: δ, and what reaches the state before it
	for t := s.Length - 1; t >= 0; t-- {
		at := 0
		for _, part := range deltas {
			delta.Slice(0, s.Batch, at, at+part.cols).(*mat.Dense).Copy(part.step(t))
			at += part.cols
		}
		beside := past.step(t, reached)
		reached.Mul(delta, w)
		if mask != nil {
			reached.MulElem(reached, mask)
		}
		if beside != nil {
			reached.Add(reached, beside)
		}
		norms[t] = mat.Norm(reached, 2)
	}
	return norms, nil
}

// stepRows are the values of a time-major view, batch rows for each time step.
type stepRows struct {
	values      []float32
	batch, cols int
}

func readSteps(v gpu.View, batch int) (stepRows, error) {
	values, err := gpu.ReadView(v)
	return stepRows{values, batch, v.Cols}, err
}

// step returns the rows of step t, from 0.
func (r stepRows) step(t int) *mat.Dense {
	words := r.batch * r.cols
	return wide(r.values[t*words:(t+1)*words], r.batch, r.cols)
}

// steps returns the number of steps.
func (r stepRows) steps() int { return len(r.values) / (r.batch * r.cols) }

// pastGradient follows what goes past W (nn.Past).
type pastGradient struct {
	length               int
	weight, input, bias  *mat.Dense // U, Ux and b
	x, h, read           stepRows
	update, fromX, total mat.Dense // B × n
}

// newPastGradient returns nil where nothing goes past W.
func newPastGradient(s nn.StateGradients, w *mat.Dense) (*pastGradient, error) {
	if s.Past == nil {
		return nil, nil
	}
	_, n := w.Dims()
	p := &pastGradient{length: s.Length, weight: w.Slice(s.Past.Rows[0], s.Past.Rows[1], 0, n).(*mat.Dense)}
	var errs [5]error
	p.input, errs[0] = readDense(s.Past.Input)
	p.bias, errs[1] = readDense(s.Past.Bias)
	p.x, errs[2] = readSteps(s.Past.X, s.Batch)
	p.h, errs[3] = readSteps(s.Past.H, s.Batch)
	p.read, errs[4] = readSteps(s.Past.Read, s.Batch)
	return p, errors.Join(errs[:]...)
}

// step returns u∘dL/dh of state t+1 for the state t before it (B × n), given what reaches that from the steps after it.
func (p *pastGradient) step(t int, reached *mat.Dense) *mat.Dense {
	if p == nil {
		return nil
	}
	p.update.Mul(p.h.step(t), p.weight.T())
	p.fromX.Mul(p.x.step(t), p.input.T())
	p.update.Add(&p.update, &p.fromX)
	p.total.CloneFrom(reached)
	if at := t - (p.length - p.read.steps()); at >= 0 { // of every state, or of the last
		p.total.Add(&p.total, p.read.step(at))
	}
	p.total.Apply(func(i, j int, v float64) float64 { return v / (1 + math.Exp(-p.update.At(i, j)-p.bias.At(0, j))) }, &p.total)
	return &p.total
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
	return wide(values, v.Rows, v.Cols), nil
}

// wide returns values in float64.
func wide(values []float32, rows, cols int) *mat.Dense {
	d := mat.NewDense(rows, cols, nil)
	for i, x := range values {
		d.RawMatrix().Data[i] = float64(x)
	}
	return d
}
