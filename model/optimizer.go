package model

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/nn"
)

// Optimizer holds the settings of the update rule (see gpu.Adam and gpu.SGD).
type Optimizer struct {
	Name         string  `json:"optimizer"` // adam, rmsprop or sgd
	LR           float64 `json:"lr"`
	LRReflectors float64 `json:"lr_reflectors,omitempty"` // learning rate of the reflectors; 0 is LR
	LRSigma      float64 `json:"lr_sigma,omitempty"`      // learning rate of s, of which σ is made; 0 is LR
	LRDecay      float64 `json:"lr_decay"`                // factor of the schedule, see Schedules
	Schedule     string  `json:"schedule"`                // of the learning rate, one of Schedules
	Milestones   string  `json:"milestones,omitempty"`    // epochs at which the schedule steps lowers the rate, "50,62"
	Plateau      int     `json:"plateau,omitempty"`       // evaluations without a better one before the schedule plateau lowers it; 0 stands for 1
	Horizon      int64   `json:"horizon"`                 // steps of the whole run; package train sets it
	Warmup       int64   `json:"warmup"`                  // steps over which the rate rises linearly from 0
	Beta1        float64 `json:"beta1"`                   // adam
	Beta2        float64 `json:"beta2"`                   // adam, rmsprop: decay of the mean of squares
	Eps          float64 `json:"eps"`                     // adam, rmsprop
	Momentum     float64 `json:"momentum"`                // sgd
	Decay        float64 `json:"decay"`                   // decoupled weight decay of matrices (not of reflectors, s and biases)
	Clip         float64 `json:"clip"`                    // largest global gradient norm; 0 does not clip
}

// DefaultOptimizer returns Adam with a learning rate that rises to 4e-3 over 200 steps and falls to 0 along a cosine. The paper's
// experiments use 1e-3 with the factor 0.99 an epoch; runs of a few epochs end visibly better this way. Without the rise, Adam's first
// steps have the size of the learning rate whatever the gradient, and amplify rounding a thousandfold.
func DefaultOptimizer() Optimizer {
	return Optimizer{Name: "adam", LR: 4e-3, LRDecay: 0.99, Schedule: Cosine, Warmup: 200, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Momentum: 0.9, Clip: 5}
}

// Check tells what is wrong with the settings as they will be used, in single precision; its error is ErrConfig.
func (o Optimizer) Check() error {
	if o.Name != "adam" && o.Name != "rmsprop" && o.Name != "sgd" {
		return fmt.Errorf("%w: optimizer %q; want adam, rmsprop or sgd", ErrConfig, o.Name)
	}
	if err := o.checkSchedule(); err != nil {
		return err
	}
	if o.Warmup < 0 || o.Horizon < 0 {
		return fmt.Errorf("%w: warm-up of %d in a run of %d steps; want 0 or more", ErrConfig, o.Warmup, o.Horizon)
	}
	for _, v := range []struct {
		name       string
		v, lo, hi  float64
		open, zero bool
	}{
		{"lr", o.LR, 0, 1e3, false, false}, {"lr-reflectors", o.LRReflectors, 0, 1e3, false, true}, {"lr-sigma", o.LRSigma, 0, 1e3, false, true}, {"lr-decay", o.LRDecay, 0, 1, false, false}, {"beta1", o.Beta1, 0, 1, true, true},
		{"beta2", o.Beta2, 0, 1, true, true}, {"eps", o.Eps, 0, 1, false, false}, {"momentum", o.Momentum, 0, 1, true, true},
		{"decay", o.Decay, 0, 1e3, false, true}, {"clip", o.Clip, 0, 1e30, false, true},
	} {
		// Written so that NaN fails.
		used := single(v.v)
		switch {
		case !(v.v >= v.lo && v.v <= v.hi) || v.open && used == v.hi || !v.zero && v.v == 0:
			least, most := map[bool]string{true: "at least", false: "above"}[v.zero], map[bool]string{true: "below", false: "at most"}[v.open]
			return fmt.Errorf("%w: %s is %g, want a number %s %g and %s %g", ErrConfig, v.name, v.v, least, v.lo, most, v.hi)
		case used == 0 && v.v != 0:
			return fmt.Errorf("%w: %s is %g, which is 0 in single precision; the smallest number there is %.3g", ErrConfig, v.name, v.v, leastSingle)
		}
	}
	for _, r := range o.rates() {
		if math.IsInf(single(r), 0) || single(r) == 0 {
			return fmt.Errorf("%w: the learning rates %g, %g (reflectors) and %g (s) are too far apart for single precision", ErrConfig, o.LR, o.LRReflectors, o.LRSigma)
		}
	}
	return nil
}

// rule returns the update rule.
func (o Optimizer) rule() nn.Rule {
	switch o.Name {
	case "sgd":
		return nn.SGD{Momentum: o.Momentum, Clip: o.Clip}
	case "rmsprop":
		return nn.RMSprop{Alpha: o.Beta2, Eps: o.Eps, Clip: o.Clip}
	}
	return nn.Adam{Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, Clip: o.Clip}
}

// rates returns the factors of the learning rate of each group of parameters.
func (o Optimizer) rates() [nn.Groups]float64 {
	of := func(rate float64) float64 {
		if rate == 0 {
			return 1
		}
		return rate / o.LR
	}
	return [nn.Groups]float64{nn.Free: 1, nn.Reflectors: of(o.LRReflectors), nn.Spectrum: of(o.LRSigma)}
}
