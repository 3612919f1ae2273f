package model

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// Stream is a network that reads one time step after the other and keeps its state between them. Close it before its Predictor.
type Stream struct {
	p   *Predictor
	f   *nn.Forward
	raw []float32
}

// Stream begins a stream, from the state in which a sequence begins. The error is ErrConfig for a network without states: one without
// time, or whose output is a mean over the steps of a sequence, or whose data are scaled or ordered over a whole sequence.
func (p *Predictor) Stream() (*Stream, error) {
	cell, err := p.Config.cell()
	if err != nil {
		return nil, err
	}
	why := ""
	switch {
	case !cell.time:
		why = "the cell " + p.Config.Cell + " has no time"
	case p.Config.Output.Where == data.MeanOverSteps:
		why = "its output is a mean over the steps of a sequence"
	case p.Encoding.PerSequence:
		why = "its sequences are scaled as a whole"
	case len(p.Encoding.Order) > 0:
		why = "the values of its sequences are put into another order"
	}
	if why != "" {
		return nil, fmt.Errorf("%w: the network cannot read step by step: %s", ErrConfig, why)
	}
	f, err := p.net.Forward(p.shape(1, 1), true)
	if err != nil {
		return nil, err
	}
	s := &Stream{p: p, f: f, raw: make([]float32, p.Config.Input.Width)}
	if err := s.Reset(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Next reads the values of one time step, Input.Width of them, and returns what the network says after it.
func (s *Stream) Next(x []float32) (Prediction, error) {
	if s.p.Config.Input.IsTokens() || len(x) != len(s.raw) {
		return Prediction{}, fmt.Errorf("%w: %d values for a time step of %s", data.ErrConfig, len(x), s.p.Config.shows())
	}
	copy(s.raw, x)
	if err := s.p.encode(s.f.Values(), s.raw); err != nil {
		return Prediction{}, err
	}
	y, err := s.run()
	if err != nil {
		return Prediction{}, err
	}
	return s.p.prediction(y), nil
}

// NextToken reads one token and returns what the network says after it.
func (s *Stream) NextToken(token int32) (Prediction, error) {
	y, err := s.logits(token)
	if err != nil {
		return Prediction{}, err
	}
	return s.p.prediction(y), nil
}

// run takes a step and returns its outputs.
func (s *Stream) run() ([]float32, error) {
	y, err := s.f.Run()
	if err == nil {
		err = s.p.wantFinite(y)
	}
	return y, err
}

// logits returns the outputs after a token.
func (s *Stream) logits(token int32) ([]float32, error) {
	if !s.p.Config.Input.IsTokens() {
		return nil, fmt.Errorf("%w: a token for a time step of %s", data.ErrConfig, s.p.Config.shows())
	}
	if err := s.p.checkTokens([]int32{token}); err != nil {
		return nil, err
	}
	s.f.Tokens()[0] = token
	return s.run()
}

// Reset goes back to the state in which a sequence begins.
func (s *Stream) Reset() error {
	if err := s.f.ResetStates(); err != nil || s.p.Config.Stream {
		return err // streams are trained to begin with zeros
	}
	for _, state := range s.f.States() {
		t, err := s.p.net.Params.Find(state.Name + "0") // learned
		if err != nil {
			continue
		}
		words, err := gpu.ReadView(t.In(s.p.net.Params.Values()))
		if err == nil {
			err = gpu.WriteView(state.View, words)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close frees its memory.
func (s *Stream) Close() {
	if s != nil {
		s.f.Close()
	}
}
