package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// shape is a matrix's size, with the layout of everything in the case.
type shape struct {
	rows, cols int
	lay        layout
}

func (s shape) String() string { return fmt.Sprintf("%d×%d %v", s.rows, s.cols, s.lay) }

// shapes are sizes paired so that each occurs as rows and as columns, in every layout; the first few are the short ones.
func shapes() []shape {
	layouts := []layout{padded, tight, wide, skewed}
	list := []shape{{33, 31, padded}, {1, 129, skewed}, {7, 32, tight}, {0, 5, tight}, {5, 0, padded}, {0, 0, tight}}
	for i, r := range sizes {
		list = append(list, shape{r, sizes[(3*i+2)%len(sizes)], layouts[i%4]}, shape{r, sizes[(7*i+5)%len(sizes)], layouts[(i+2)%4]})
	}
	return append(list, shape{300, 1000, wide}, shape{1, 70001, skewed}, shape{70001, 1, padded})
}

const shortShapes = 6

func fillCases(l *list) {
	for i, s := range shapes() {
		for _, v := range []float32{0, -1.5} {
			l.add("fill", fmt.Sprintf("%v value=%g", s, v), i < shortShapes && v != 0, func(t *trial) {
				t.lay = s.lay
				y := t.out("Y", s.rows, s.cols)
				t.one(func() gpu.Op { return gpu.Fill{Y: y.view(), Value: v} })
				t.exact(y, filled(s.rows, s.cols, float64(v)))
			})
		}
	}
}

func copyCases(l *list) {
	for i, s := range shapes() {
		for _, transpose := range []bool{false, true} {
			l.add("copy", fmt.Sprintf("%v transpose=%t", s, transpose), i < shortShapes, func(t *trial) {
				t.lay = s.lay
				x := t.words32("X", s.rows, s.cols)
				rows, cols := s.rows, s.cols
				if transpose {
					rows, cols = cols, rows
				}
				want := make([]uint32, 0, rows*cols)
				for i := range rows {
					for j := range cols {
						a, b := i, j
						if transpose {
							a, b = j, i
						}
						want = append(want, x.bits[a*s.cols+b])
					}
				}
				y := t.out("Y", rows, cols)
				t.one(func() gpu.Op { return gpu.Copy{Y: y.view(), X: x.view(), Transpose: transpose} })
				t.exactBits(y, want)
			})
		}
	}
}

// words32 places an operand of arbitrary words: small integers (denormal as fp32), NaN with a payload, and any other.
func (t *trial) words32(name string, rows, cols int) *operand {
	src := t.source(name)
	o := t.out(name, rows, cols)
	o.bits = make([]uint32, rows*cols)
	for i := range o.bits {
		w := src.Uint32()
		switch w % 4 {
		case 0:
			w = w >> 8 % 1000
		case 1:
			w |= 0x7fc00000
		}
		if w == unwritten {
			w++
		}
		o.bits[i] = w
	}
	return o
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

// mapSpec is a function of Map with what it is tested on.
type mapSpec struct {
	name   string
	f      gpu.Func
	p      float32
	lo, hi float32
	value  func(x float64) float64
	scale  func(x, y float64) float64
	k      int
}

func mapSpecs() []mapSpec {
	relative := func(_, y float64) float64 { return math.Abs(y) }
	power := func(p float32, lo float32) mapSpec {
		return mapSpec{fmt.Sprintf("power %g", p), gpu.Power, p, lo, 4, func(x float64) float64 { return math.Pow(x, float64(p)) },
			func(x, y float64) float64 {
				return math.Abs(y) * (1 + math.Abs(float64(p)*math.Log2(max(math.Abs(x), 1e-30))))
			}, exponential + int(16*math.Abs(float64(p)))}
	}
	return []mapSpec{
		{"reciprocal", gpu.Reciprocal, 0, 0.01, 5, func(x float64) float64 { return 1 / x }, relative, division},
		{"log", gpu.Log, 0, 0.01, 5, math.Log, func(_, y float64) float64 { return max(math.Abs(y), 1) }, division},
		{"exp", gpu.Exp, 0, -20, 20, math.Exp, func(x, y float64) float64 { return y * (1 + math.Abs(x)) }, exponential},
		{"abs", gpu.Abs, 0, -1, 1, math.Abs, nil, 0},
		{"square", gpu.Square, 0, -1, 1, func(x float64) float64 { return x * x }, relative, few},
		power(0.5, 0.01), power(3, -2), power(-2, 0.5), power(7, -2), power(0, -2),
	}
}

func mapCases(l *list) {
	for i, s := range shapes() {
		for j, spec := range mapSpecs() {
			if i >= shortShapes && (i+j)%4 != 0 {
				continue
			}
			inPlace := (i+j)%2 == 1
			l.add("map", fmt.Sprintf("%s %v in place=%t", spec.name, s, inPlace), i < 2, func(t *trial) {
				t.lay = s.lay
				X := t.uniform("X", s.rows, s.cols, spec.lo, spec.hi)
				x := t.in("X", X)
				y := x
				if !inPlace {
					y = t.out("Y", s.rows, s.cols)
				}
				t.one(func() gpu.Op { return gpu.Map{Y: y.view(), X: x.view(), F: spec.f, P: spec.p} })
				want := mapped(X, spec.value)
				if spec.scale == nil {
					t.exact(y, want)
					return
				}
				scale := want.Clone()
				for i, v := range want.Data {
					scale.Data[i] = spec.scale(X.Data[i], v)
				}
				t.expect(y, want, scale, spec.k)
			})
		}
	}
}
