package model

import (
	"errors"
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Prediction is what a network says at one target.
type Prediction struct {
	Class         int       // the most probable class; −1 where values are predicted
	Label         string    // its name, "" where classes have no names
	Probabilities []float32 // of each class; nil where values are predicted
	Values        []float32 // in the units of the data; nil where classes are predicted
}

// SequenceError tells which sequence of a call cannot be predicted.
type SequenceError struct {
	Index int // from 0
	Err   error
}

func (e *SequenceError) Error() string { return fmt.Sprintf("sequence %d: %v", e.Index+1, e.Err) }

// Unwrap returns what is wrong with it.
func (e *SequenceError) Unwrap() error { return e.Err }

// Predict returns what the network says at the end of each sequence: its class, or the values that it predicts. A sequence is its values in order,
// Length · Input.Width of them, as the data have them; NaN is a missing value. Errors: a SequenceError that is data.ErrConfig for one that does not fit, or
// ErrNotFinite for one whose outputs exceed single precision.
func (p *Predictor) Predict(sequences [][]float32) ([]Prediction, error) {
	all, err := p.PredictSteps(sequences)
	return lastOf(all), err
}

// PredictSteps is Predict for every target of each sequence: one a time step where the task asks at every step, else one.
func (p *Predictor) PredictSteps(sequences [][]float32) ([][]Prediction, error) {
	if p.Config.Input.IsTokens() {
		return nil, fmt.Errorf("%w: the network reads tokens, not values", data.ErrConfig)
	}
	raw := make([]float32, 0, p.Config.Length*p.Config.Input.Width)
	return predict(p, sequences, func(s []float32) (int, error) {
		if w := p.Config.Input.Width; p.anyLength() && len(s) > 0 && len(s)%w == 0 {
			return len(s) / w, nil
		}
		return p.Config.Length, nil
	}, func(dst []float32, _ []int32, s []float32) error {
		raw = append(raw[:0], s...)
		return p.encode(dst, raw)
	})
}

// PredictTokens is Predict for sequences of tokens, of any length.
func (p *Predictor) PredictTokens(sequences [][]int32) ([]Prediction, error) {
	all, err := p.PredictTokenSteps(sequences)
	return lastOf(all), err
}

// PredictTokenSteps is PredictSteps for sequences of tokens, of any length.
func (p *Predictor) PredictTokenSteps(sequences [][]int32) ([][]Prediction, error) {
	if !p.Config.Input.IsTokens() {
		return nil, fmt.Errorf("%w: the network reads values, not tokens", data.ErrConfig)
	}
	return predict(p, sequences, func(s []int32) (int, error) {
		if len(s) == 0 {
			return 0, fmt.Errorf("%w: a sequence without tokens", data.ErrConfig)
		}
		return len(s), nil
	}, func(_ []float32, dst []int32, s []int32) error {
		copy(dst, s)
		return p.checkTokens(s)
	})
}

func (p *Predictor) checkTokens(s []int32) error {
	for i, t := range s {
		if t < 0 || int(t) >= p.Config.Input.Vocabulary {
			return fmt.Errorf("%w: token %d at step %d; want 0 … %d", data.ErrConfig, t, i+1, p.Config.Input.Vocabulary-1)
		}
	}
	return nil
}

// anyLength tells whether sequences of values may have another length than in training: those of a task that asks at every step.
func (p *Predictor) anyLength() bool {
	return p.Config.Output.Where == data.EveryStep && len(p.Encoding.Order) == 0
}

// encode turns the values of a sequence into those that the network reads. raw is overwritten.
func (p *Predictor) encode(dst, raw []float32) error {
	s := p.spec
	s.Length = len(dst) / p.Config.Input.Width
	return s.Sequence(dst, raw)
}

func lastOf(all [][]Prediction) []Prediction {
	out := make([]Prediction, len(all))
	for i, steps := range all {
		out[i] = steps[len(steps)-1]
	}
	return out
}

// predict runs the network on sequences, as many of one length at a time as a batch of training had. length returns how many steps one has, put
// writes its steps, one behind the other.
func predict[T any](p *Predictor, sequences [][]T, length func([]T) (int, error), put func([]float32, []int32, []T) error) ([][]Prediction, error) {
	var out [][]Prediction
	for len(sequences) > 0 {
		steps, err := length(sequences[0])
		if err != nil {
			return nil, &SequenceError{len(out), err}
		}
		n := 1
		for n < min(len(sequences), p.Config.Batch) {
			if more, err := length(sequences[n]); err != nil || more != steps {
				break
			}
			n++
		}
		some, at, err := predictBatch(p, sequences[:n], steps, put)
		if errors.Is(err, data.ErrConfig) || errors.Is(err, ErrNotFinite) {
			return nil, &SequenceError{len(out) + at, err}
		}
		if err != nil {
			return nil, err
		}
		out, sequences = append(out, some...), sequences[n:]
	}
	return out, nil
}

// predictBatch returns the predictions for sequences of one length, or the sequence that it could not take.
func predictBatch[T any](p *Predictor, sequences [][]T, steps int, put func([]float32, []int32, []T) error) (out [][]Prediction, at int, err error) {
	batch := 1
	if len(sequences) > 1 {
		batch = p.Config.Batch
	}
	f, err := p.at(steps, batch)
	if err != nil {
		return nil, 0, err
	}
	shape := p.shape(steps, batch)
	one, tokens := make([]float32, steps*shape.Width), make([]int32, steps)
	for b, s := range sequences {
		if err := put(one, tokens, s); err != nil {
			return nil, b, err
		}
		for t := range steps {
			if p.Config.Input.IsTokens() {
				f.Tokens()[t*batch+b] = tokens[t]
			} else {
				copy(f.Values()[(t*batch+b)*shape.Width:], one[t*shape.Width:(t+1)*shape.Width])
			}
		}
	}
	y, err := f.Run()
	if err != nil {
		return nil, 0, err
	}
	width := p.Config.Output.Width
	for b := range sequences {
		var each []Prediction
		for t := range f.Shape().Length {
			row := (t*batch + b) * width
			if err := p.wantFinite(y[row : row+width]); err != nil {
				return nil, b, err
			}
			each = append(each, p.prediction(y[row:row+width]))
		}
		out = append(out, each)
	}
	return out, 0, nil
}

// wantFinite refuses outputs that no number of single precision can be. The parameters are finite, so that it is their size, or that of the data,
// and the error names the largest.
func (p *Predictor) wantFinite(y []float32) error {
	for i, v := range y {
		if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
			continue
		}
		largest, where := 0.0, ""
		for _, t := range p.net.Params.Tensors() {
			words, err := gpu.ReadView(t.In(p.net.Params.Values()))
			if err != nil {
				return err
			}
			for _, w := range words {
				if a := math.Abs(float64(w)); a > largest {
					largest, where = a, t.Name
				}
			}
		}
		return fmt.Errorf("%w: output %d of the network is %g: its parameters, of which the largest is %.3g in tensor %s, or the data exceed single precision on the way; train with a smaller --lr or --clip, or look for the value that does not fit",
			ErrNotFinite, i, v, largest, where)
	}
	return nil
}

// prediction says what the outputs of a target mean. y is only read.
func (p *Predictor) prediction(y []float32) Prediction {
	if p.Config.Output.Loss == data.SquaredError {
		out := Prediction{Class: -1, Values: make([]float32, len(y))}
		for i, v := range y {
			out.Values[i] = v
			if p.Encoding.Targets != nil {
				out.Values[i] = float32(p.Encoding.Targets[i].Undo(float64(v)))
			}
		}
		return out
	}
	out := Prediction{Probabilities: make([]float32, len(y))}
	softmax(out.Probabilities, y, 1)
	for i, q := range out.Probabilities {
		if q > out.Probabilities[out.Class] {
			out.Class = i
		}
	}
	if p.Encoding.Classes != nil {
		out.Label = p.Encoding.Classes[out.Class]
	}
	return out
}

// softmax writes the probabilities exp(y_i/temperature)/Σ of logits, computed in float64.
func softmax(dst, y []float32, temperature float64) {
	top := float64(y[0])
	for _, v := range y {
		top = math.Max(top, float64(v))
	}
	sum := 0.0
	for _, v := range y {
		sum += math.Exp((float64(v) - top) / temperature)
	}
	for i, v := range y {
		dst[i] = float32(math.Exp((float64(v)-top)/temperature) / sum)
	}
}
