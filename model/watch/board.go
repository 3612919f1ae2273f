package watch

import (
	"math"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Board is what is known of a run. It belongs to its Watcher, which changes it in Poll.
type Board struct {
	Dir    string
	Config *train.Config // nil until the run has written it

	Loss, EvalLoss         Series
	Accuracy, EvalAccuracy Series // empty where the task has none
	GradNorm               Series
	SigmaMin, SigmaMax     Series

	Step, LastStep int64     // steps done and to do; LastStep is 0 while it is not known
	Recent         train.Row // the last step's
	Evals          []train.Row
	Rate           float64   // steps a second, as seen; 0 while nothing is known of it
	Changed        time.Time // when the last row was written; zero before there is one

	Spectra   []Spectrum // of the last checkpoint
	Saved     int64      // its step; -1 while there is none
	Gradients []Gradient // of the checkpoints that were seen, oldest first
	NoGrad    string     // why there are no gradients

	Err error // what kept the last look from seeing everything; nil where nothing did
}

// Spectrum is the singular values of a weight matrix.
type Spectrum struct {
	Name    string
	Sigma   []float64 // largest first
	Banded  bool      // they stay between Lo and Hi
	Lo, Hi  float64
	Applied bool // at every time step
}

// Gradient is ‖dL/dh_t‖, t = 0 … Last, of the first recurrence at a checkpoint: at equal distances, Norms[i] at t = i·Last/(len(Norms)−1).
type Gradient struct {
	Step  int64
	Last  int
	Norms []float64
}

// What is kept of gradients at most: so many checkpoints, half of which go when there are more, and so many time steps of each.
const (
	maxGradients = 512
	maxNorms     = 257
)

// newGradient keeps norms at maxNorms time steps.
func newGradient(step int64, norms []float64) Gradient {
	g := Gradient{Step: step, Last: len(norms) - 1, Norms: norms}
	if len(norms) <= maxNorms {
		return g
	}
	g.Norms = make([]float64, maxNorms)
	for i := range g.Norms {
		g.Norms[i] = norms[i*g.Last/(maxNorms-1)]
	}
	return g
}

// State is what a run seems to be doing.
type State int

// The states.
const (
	Waiting State = iota // there is no row yet
	Running
	Silent // no row has come for long: it evaluates, was stopped, or died
	Done
)

// silence is how long a run has to be silent to be called so, beside twenty times the time of a step.
const silence = 15 * time.Second

// State tells what the run seems to be doing at a time.
func (b *Board) State(now time.Time) State {
	switch {
	case b.Step == 0 && len(b.Evals) == 0:
		return Waiting
	case b.LastStep > 0 && b.Step >= b.LastStep && len(b.Evals) > 0 && b.Evals[len(b.Evals)-1].Step >= b.LastStep:
		return Done
	case now.Sub(b.Changed) > max(silence, b.stepTime(20)):
		return Silent
	}
	return Running
}

// stepTime is the time of n steps, 0 where it is not known.
func (b *Board) stepTime(n float64) time.Duration {
	if b.Rate <= 0 {
		return 0
	}
	return time.Duration(min(n/b.Rate, float64(math.MaxInt64/2)/1e9) * float64(time.Second))
}

// Left is the time to the last step; ok is false where it is not known.
func (b *Board) Left() (left time.Duration, ok bool) {
	if b.Rate <= 0 || b.LastStep == 0 {
		return 0, false
	}
	return b.stepTime(float64(max(b.LastStep-b.Step, 0))), true
}

// row takes a row of the metrics.
func (b *Board) row(r train.Row) {
	if r.Split != "train" {
		b.eval(r)
		return
	}
	if r.Epoch == 1 && b.Recent.Epoch == 0 && b.Config != nil && b.Config.Epochs > 0 {
		b.LastStep = (r.Step - 1) * int64(b.Config.Epochs)
	}
	b.Step, b.Recent = r.Step, r
	b.Loss.Add(r.Step, r.Loss)
	b.Accuracy.Add(r.Step, r.Accuracy)
	b.GradNorm.Add(r.Step, r.GradNorm)
	b.SigmaMin.Add(r.Step, r.SigmaMin)
	b.SigmaMax.Add(r.Step, r.SigmaMax)
}

// eval keeps the last evaluation of each split; the curve is that of the split that is measured during training.
func (b *Board) eval(r train.Row) {
	for i, e := range b.Evals {
		if e.Split == r.Split && e.Best == r.Best {
			b.Evals = append(b.Evals[:i], b.Evals[i+1:]...)
			break
		}
	}
	b.Evals = append(b.Evals, r)
	if r.Best || r.Split == "test" && b.measured("valid") {
		return
	}
	b.EvalLoss.Add(r.Step, r.Loss)
	b.EvalAccuracy.Add(r.Step, r.Accuracy)
}

func (b *Board) measured(split string) bool {
	for _, e := range b.Evals {
		if e.Split == split {
			return true
		}
	}
	return false
}
