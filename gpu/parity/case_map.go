package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() {
	register(mapCases, Tolerance{Op: "map", C: 1, K: "8; exp 16; power 16 + 16·|P|",
		Scale: "|y|; ln: max(|y|, 1); exp: |y|(1 + |x|); power: |y|(1 + |P·log₂ x|)",
		Why:   "what Vulkan allows 1/x, ln, eˣ and xʸ"})
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
