package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

func init() {
	register(scaleCases, Tolerance{Op: "scale", C: 1, K: "4",
		Scale: "|α·l·x·r| + |β·z| + |γ|",
		Why:   "three products and two sums"})
}

// scaleSpec says which operands of Scale are there.
type scaleSpec struct {
	x, left, right, inPlace bool
	z                       bool // a third operand for β
	alpha, beta, gamma      float32
}

func (s scaleSpec) String() string {
	name := fmt.Sprintf("α=%g β=%g γ=%g", s.alpha, s.beta, s.gamma)
	for _, f := range []struct {
		on   bool
		name string
	}{{s.x, " X"}, {s.left, " Left"}, {s.right, " Right"}, {s.inPlace, " in place"}, {s.z, " Z"}} {
		if f.on {
			name += f.name
		}
	}
	return name
}

var scaleSpecs = []scaleSpec{
	{x: true, left: true, right: true, alpha: 0.75, beta: -1.5, gamma: 2},
	{x: true, right: true, alpha: -1},
	{x: true, left: true, alpha: 1, inPlace: true},
	{beta: 0.5, gamma: 1},
	{gamma: 1},
	{x: true, alpha: -2, beta: 1, inPlace: true, right: true},
	{x: true, right: true, z: true, alpha: 1, beta: -1},
	{x: true, z: true, alpha: 0.5, beta: 2, inPlace: true},
}

func scaleCases(l *list) {
	for i, s := range shapes() {
		for j, spec := range scaleSpecs {
			if i >= shortShapes && (i+j)%3 != 0 {
				continue
			}
			l.add("scale", fmt.Sprintf("%v %v", s, spec), i < shortShapes && (j < 3 || j == 6), func(t *trial) {
				t.lay = s.lay
				scaleTrial(t, s, spec)
			})
		}
	}
}

func scaleTrial(t *trial, s shape, spec scaleSpec) {
	var x, left, right, y *operand
	X, Y := oracle.Zeros(s.rows, s.cols), oracle.Zeros(s.rows, s.cols)
	L, R := filled(1, s.rows, 1), filled(1, s.cols, 1)
	if spec.left {
		L = t.values("Left", 1, s.rows)
		left = t.in("Left", L)
	}
	if spec.right {
		R = t.values("Right", 1, s.cols)
		right = t.in("Right", R)
	}
	if spec.x {
		X = t.values("X", s.rows, s.cols)
		x = t.in("X", X)
	}
	var z *operand
	if spec.z {
		Y = t.values("Z", s.rows, s.cols)
		z = t.in("Z", Y)
	}
	switch {
	case spec.inPlace && spec.z:
		y = x
	case spec.inPlace:
		y, Y = x, X
	case spec.z:
		y = t.out("Y", s.rows, s.cols)
	case spec.beta != 0:
		Y = t.values("Y", s.rows, s.cols)
		y = t.in("Y", Y)
	default:
		y = t.out("Y", s.rows, s.cols)
	}
	t.one(func() gpu.Op {
		return gpu.Scale{Y: y.view(), X: x.view(), Z: z.view(), Left: left.view(), Right: right.view(), Alpha: spec.alpha, Beta: spec.beta, Gamma: spec.gamma}
	})
	want, scale := oracle.Zeros(s.rows, s.cols), oracle.Zeros(s.rows, s.cols)
	for i := range s.rows {
		for j := range s.cols {
			a := float64(spec.alpha) * L.At(0, i) * X.At(i, j) * R.At(0, j)
			b, g := float64(spec.beta)*Y.At(i, j), 0.0
			if i == j {
				g = float64(spec.gamma)
			}
			want.Set(i, j, a+b+g)
			scale.Set(i, j, math.Abs(a)+math.Abs(b)+math.Abs(g))
		}
	}
	t.expect(y, want, scale, few)
}
