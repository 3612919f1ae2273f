package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(activateCases, Tolerance{Op: "activate", C: 1, K: "16",
		Scale: "|φ(x)|; modReLU: |x| + |b|; identity and ReLU are exact",
		Why:   "tanh by an exponential and a division"})
}

func activateCases(l *list) {
	activationShapes(func(short bool, act gpu.Activation, s shape, inPlace bool) {
		l.add("activate", fmt.Sprintf("%v %v in place=%t", act, s, inPlace), short, func(t *trial) {
			t.lay = s.lay
			activateTrial(t, act, t.uniform("X", s.rows, s.cols, -4, 4), inPlace)
		})
	})
	extremes := []float64{0, math.Copysign(0, -1), 1e-30, -1e-30, 1e-4, -1e-4, 0.25, -0.25, 9, -9, 40, -40, 100, -100, 1e30, -1e30, math.Inf(1), math.Inf(-1), math.NaN()}
	for _, act := range activations {
		l.add("activate", fmt.Sprintf("%v extremes", act), true, func(t *trial) {
			activateTrial(t, act, round(row(extremes)), false)
		})
	}
}

func activateTrial(t *trial, act gpu.Activation, X oracle.Matrix, inPlace bool) {
	x := t.in("X", X)
	y := x
	if !inPlace {
		y = t.out("Y", X.Rows, X.Cols)
	}
	a := t.activation(act, X.Cols)
	t.one(func() gpu.Op { return gpu.Activate{Y: y.view(), X: x.view(), Act: a.bind()} })
	want := a.of(X, oracle.Activation.Value)
	if act.Kind == gpu.Identity || act.Kind == gpu.ReLU {
		t.exact(y, want)
		return
	}
	scale := abs(want)
	if act.Kind == gpu.ModReLU { // a sum that may cancel
		scale = a.of(X, func(unit oracle.Activation, x float64) float64 { return math.Abs(x) + math.Abs(unit.Unit) })
	}
	t.expect(y, want, scale, exponential)
}

// activationShapes calls add with half of the pairs of an activation and a shape.
func activationShapes(add func(short bool, act gpu.Activation, s shape, inPlace bool)) {
	for i, s := range shapes() {
		for j, act := range activations {
			if i < shortShapes || (i+j)%2 == 0 {
				add(i < 3, act, s, (i+j)%2 == 1)
			}
		}
	}
}
