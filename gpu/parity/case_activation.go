package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func activateCases(l *list) {
	for i, s := range shapes() {
		for j, act := range activations {
			if i >= shortShapes && (i+j)%2 != 0 {
				continue
			}
			inPlace := (i+j)%2 == 1
			for _, backward := range []bool{false, true} {
				op, run := "activate", activateTrial
				if backward {
					op, run = "activate_backward", activateBackwardTrial
				}
				l.add(op, fmt.Sprintf("%v %v in place=%t", act, s, inPlace), i < 3, func(t *trial) {
					t.lay = s.lay
					run(t, act, t.uniform("X", s.rows, s.cols, -4, 4), inPlace)
				})
			}
		}
	}
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
	t.one(func() gpu.Op { return gpu.Activate{Y: y.view(), X: x.view(), Act: act} })
	want := mapped(X, truth(act).Value)
	if act.Kind == gpu.Identity || act.Kind == gpu.ReLU {
		t.exact(y, want)
		return
	}
	t.expect(y, want, abs(want), exponential)
}

func activateBackwardTrial(t *trial, act gpu.Activation, X oracle.Matrix, inPlace bool) {
	Y := round(mapped(X, truth(act).Value))
	DY := t.values("DY", X.Rows, X.Cols)
	y, dy := t.in("Y", Y), t.in("DY", DY)
	dx := dy
	if !inPlace {
		dx = t.out("DX", X.Rows, X.Cols)
	}
	t.one(func() gpu.Op { return gpu.ActivateBackward{DX: dx.view(), DY: dy.view(), Y: y.view(), Act: act} })
	want := DY.Clone()
	for i := range want.Data {
		want.Data[i] *= truth(act).Derivative(Y.Data[i])
	}
	t.expect(dx, want, abs(DY), few)
}
