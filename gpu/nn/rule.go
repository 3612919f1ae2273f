package nn

import (
	"math"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Rule is an optimiser: one operation over the flat vector of all parameters.
type Rule interface {
	// Check tells what is wrong with the constants as the device uses them, in single precision; its error is gpu.ErrSetting.
	Check() error
	// Slots names the vectors that the rule keeps beside the parameters, as checkpoints do.
	Slots() []string
	// Hyper fills the vector that the device reads (gpu.HyperLen), for a step counted from 1 and its learning rate.
	Hyper(dst []float32, step int64, rate float64)
	// Op returns the operation; slots are in the order of Slots.
	Op(p, g gpu.View, slots []gpu.View, hyper, norm, groups gpu.View) gpu.Op
}

// epsilon is what keeps Adam and RMSprop from dividing by 0 where none is given.
const epsilon = 1e-8

// checkRates verifies factors that are below 1.
func checkRates(rule string, names string, values ...float64) error {
	for i, v := range values {
		if !inSingle(v, 0, 1) || float32(v) == 1 {
			return settingError(rule, "%s = %g; want a number from 0 to 1, and less than 1", strings.Fields(names)[i], v)
		}
	}
	return nil
}

// checkLimits verifies ε and the largest norm.
func checkLimits(rule string, eps, clip float64) error {
	if !inSingle(eps, 0, 1) {
		return settingError(rule, "Eps = %g; want a number from 1.2e-38 to 1, or 0 for %g", eps, epsilon)
	}
	if !(clip >= 0 && clip <= math.MaxFloat32) {
		return settingError(rule, "Clip = %g; want the largest norm of the gradient, or 0 for none", clip)
	}
	return nil
}

// clip returns a largest norm as the device uses it, in fp32, where 0 is none: one that is too small for fp32 stays a limit.
func clip(norm float64) float32 {
	if norm > 0 {
		return max(float32(norm), 0x1p-126)
	}
	return 0
}

// Adam is gpu.Adam with its constants. Where Beta1, Beta2 and Eps are all 0, they are 0.9, 0.999 and 1e-8; Eps alone is 1e-8 where it is 0.
type Adam struct {
	Beta1, Beta2, Eps float64
	Clip              float64 // largest global gradient norm; 0 does not clip
}

// Slots implements Rule.
func (Adam) Slots() []string { return []string{"m", "v"} }

// Check implements Rule.
func (a Adam) Check() error {
	return firstOf(checkRates("adam", "Beta1 Beta2", a.Beta1, a.Beta2), checkLimits("adam", a.Eps, a.Clip))
}

// Hyper implements Rule.
func (a Adam) Hyper(dst []float32, step int64, rate float64) {
	if a.Beta1 == 0 && a.Beta2 == 0 && a.Eps == 0 {
		a.Beta1, a.Beta2 = 0.9, 0.999
	}
	if a.Eps == 0 {
		a.Eps = epsilon
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

// Check implements Rule.
func (s SGD) Check() error {
	return firstOf(checkRates("sgd", "Momentum", s.Momentum), checkLimits("sgd", 0, s.Clip))
}

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

// RMSprop is gpu.RMSprop with its constants. Where Alpha and Eps are both 0, they are 0.99 and 1e-8; Eps alone is 1e-8 where it is 0.
type RMSprop struct {
	Alpha, Eps float64 // decay of the mean of squares; ε is added outside of the root
	Clip       float64 // largest global gradient norm; 0 does not clip
}

// Slots implements Rule.
func (RMSprop) Slots() []string { return []string{"v"} }

// Check implements Rule.
func (r RMSprop) Check() error {
	return firstOf(checkRates("rmsprop", "Alpha", r.Alpha), checkLimits("rmsprop", r.Eps, r.Clip))
}

// Hyper implements Rule.
func (r RMSprop) Hyper(dst []float32, _ int64, rate float64) {
	if r.Alpha == 0 && r.Eps == 0 {
		r.Alpha = 0.99
	}
	if r.Eps == 0 {
		r.Eps = epsilon
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
