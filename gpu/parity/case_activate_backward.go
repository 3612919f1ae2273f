package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(activateBackwardCases, Tolerance{Op: "activate_backward", C: 1, K: "DX: 4; DUnit: 16",
		Scale: "DX: |dy|; DUnit: |dy|, for scaled tanh |dy·h|/a",
		Why:   "1 − h² has an error of 2 roundings of 1; an artanh and two divisions"})
}

func activateBackwardCases(l *list) {
	activationShapes(func(short bool, act gpu.Activation, s shape, inPlace bool) {
		l.add("activate_backward", fmt.Sprintf("%v %v in place=%t", act, s, inPlace), short, func(t *trial) {
			t.lay = s.lay
			activateBackwardTrial(t, act, t.uniform("X", s.rows, s.cols, -4, 4), inPlace)
		})
	})
}

func activateBackwardTrial(t *trial, act gpu.Activation, X oracle.Matrix, inPlace bool) {
	a := t.activation(act, X.Cols)
	Y := round(a.of(X, oracle.Activation.Value))
	DY := t.values("DY", X.Rows, X.Cols)
	y, dy := t.in("Y", Y), t.in("DY", DY)
	dx := dy
	if !inPlace {
		dx = t.out("DX", X.Rows, X.Cols)
	}
	dunit := a.unitGradient(t, X.Rows, X.Cols, X.Rows%3 != 2)
	t.one(func() gpu.Op {
		return gpu.ActivateBackward{DX: dx.view(), DY: dy.view(), Y: y.view(), DUnit: dunit.view(), Act: a.bind()}
	})
	t.expect(dx, hadamard(DY, a.of(Y, oracle.Activation.Derivative)), abs(DY), few)
	if dunit != nil {
		t.expect(dunit, hadamard(DY, a.of(Y, oracle.Activation.UnitDerivative)), hadamard(abs(DY), a.unitSize(Y)), exponential)
	}
}
