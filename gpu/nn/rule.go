package nn

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Rule is an optimiser: one operation over the flat vector of all parameters.
type Rule interface {
	// Slots names the vectors that the rule keeps beside the parameters, as checkpoints do.
	Slots() []string
	// Hyper fills the vector that the device reads (gpu.HyperLen), for a step counted from 1 and its learning rate.
	Hyper(dst []float32, step int64, rate float64)
	// Op returns the operation; slots are in the order of Slots.
	Op(p, g gpu.View, slots []gpu.View, hyper, norm, groups gpu.View) gpu.Op
}

// clip returns a largest norm as the device uses it, in fp32, where 0 is none: one that is too small for fp32 stays a limit.
func clip(norm float64) float32 {
	if norm > 0 {
		return max(float32(norm), 0x1p-126)
	}
	return 0
}

// Adam is gpu.Adam with its constants. Where all three are 0, they are 0.9, 0.999 and 1e-8.
type Adam struct {
	Beta1, Beta2, Eps float64
	Clip              float64 // largest global gradient norm; 0 does not clip
}

// Slots implements Rule.
func (Adam) Slots() []string { return []string{"m", "v"} }

// Hyper implements Rule.
func (a Adam) Hyper(dst []float32, step int64, rate float64) {
	if a == (Adam{Clip: a.Clip}) {
		a.Beta1, a.Beta2, a.Eps = 0.9, 0.999, 1e-8
	}
	clear(dst)
	dst[gpu.HyperLR] = float32(rate)
	dst[gpu.HyperClip] = clip(a.Clip)
	dst[gpu.HyperBeta1] = float32(a.Beta1)
	dst[gpu.HyperBeta2] = float32(a.Beta2)
	dst[gpu.HyperEps] = float32(a.Eps)
	dst[gpu.HyperCorrect1] = float32(1 - math.Pow(a.Beta1, float64(step)))
	dst[gpu.HyperCorrect2] = float32(1 - math.Pow(a.Beta2, float64(step)))
}

// Op implements Rule.
func (Adam) Op(p, g gpu.View, slots []gpu.View, hyper, norm, groups gpu.View) gpu.Op {
	return gpu.Adam{P: p, M: slots[0], V: slots[1], G: g, Hyper: hyper, Norm: norm, Groups: groups}
}

// SGD is gpu.SGD with its momentum.
type SGD struct {
	Momentum float64
	Clip     float64 // largest global gradient norm; 0 does not clip
}

// Slots implements Rule.
func (SGD) Slots() []string { return []string{"m"} }

// Hyper implements Rule.
func (s SGD) Hyper(dst []float32, _ int64, rate float64) {
	clear(dst)
	dst[gpu.HyperLR] = float32(rate)
	dst[gpu.HyperClip] = clip(s.Clip)
	dst[gpu.HyperBeta1] = float32(s.Momentum)
}

// Op implements Rule.
func (SGD) Op(p, g gpu.View, slots []gpu.View, hyper, norm, groups gpu.View) gpu.Op {
	return gpu.SGD{P: p, M: slots[0], G: g, Hyper: hyper, Norm: norm, Groups: groups}
}

// RMSprop is gpu.RMSprop with its constants. Where both are 0, they are 0.99 and 1e-8.
type RMSprop struct {
	Alpha, Eps float64 // decay of the mean of squares; ε is added outside of the root
	Clip       float64 // largest global gradient norm; 0 does not clip
}

// Slots implements Rule.
func (RMSprop) Slots() []string { return []string{"v"} }

// Hyper implements Rule.
func (r RMSprop) Hyper(dst []float32, _ int64, rate float64) {
	if r == (RMSprop{Clip: r.Clip}) {
		r.Alpha, r.Eps = 0.99, 1e-8
	}
	clear(dst)
	dst[gpu.HyperLR] = float32(rate)
	dst[gpu.HyperClip] = clip(r.Clip)
	dst[gpu.HyperBeta2] = float32(r.Alpha)
	dst[gpu.HyperEps] = float32(r.Eps)
}

// Op implements Rule.
func (RMSprop) Op(p, g gpu.View, slots []gpu.View, hyper, norm, groups gpu.View) gpu.Op {
	return gpu.RMSprop{P: p, V: slots[0], G: g, Hyper: hyper, Norm: norm, Groups: groups}
}
