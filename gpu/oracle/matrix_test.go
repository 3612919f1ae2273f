package oracle

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMulIsTheTripleSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, s := range [][3]int{{1, 1, 1}, {2, 3, 4}, {7, 1, 5}, {33, 65, 17}, {130, 129, 128}, {0, 3, 2}, {3, 0, 2}, {3, 2, 0}} {
		a, b := random(rng, s[0], s[1]), random(rng, s[1], s[2])
		want := Zeros(s[0], s[2])
		for i := range s[0] {
			for j := range s[2] {
				for k := range s[1] {
					want.Data[i*s[2]+j] += a.At(i, k) * b.At(k, j)
				}
			}
		}
		near(t, "Mul", Mul(a, b), want, 1e-13)
	}
}

func TestMatrixBasics(t *testing.T) {
	a := New(2, 3, []float64{1, 2, 3, 4, 5, 6})
	near(t, "T", a.T(), New(3, 2, []float64{1, 4, 2, 5, 3, 6}), 0)
	near(t, "Slice", a.Slice(1, 2), New(1, 3, []float64{4, 5, 6}), 0)
	near(t, "Add", Add(a, a), New(2, 3, []float64{2, 4, 6, 8, 10, 12}), 0)
	near(t, "Sub", Sub(a, a), Zeros(2, 3), 0)
	nearValue(t, "Dot", Dot(a, a), 91, 0)
	nearValue(t, "MaxAbs", New(1, 2, []float64{-3, 2}).MaxAbs(), 3, 0)
	nearValue(t, "MaxAbs of nothing", Zeros(0, 4).MaxAbs(), 0, 0)
	c := a.Clone()
	c.Set(0, 0, 9)
	nearValue(t, "original after change of the clone", a.At(0, 0), 1, 0)
}

func TestFloat32WithStride(t *testing.T) {
	const guard = float32(-77)
	src := []float32{1, 2, 3, guard, guard, 4, 5, 6, guard, guard}
	a := FromFloat32(src, 2, 3, 5)
	near(t, "FromFloat32", a, New(2, 3, []float64{1, 2, 3, 4, 5, 6}), 0)
	dst := make([]float32, 10)
	for i := range dst {
		dst[i] = guard
	}
	a.Float32(dst, 5)
	for i := range dst {
		if dst[i] != src[i] {
			t.Errorf("Float32: word %d is %g, want %g", i, dst[i], src[i])
		}
	}
	nearSlice(t, "FromFloat32Vector", FromFloat32Vector([]float32{0.5, -2}), []float64{0.5, -2}, 0)
}

func TestShapesThatDoNotFitPanic(t *testing.T) {
	a := Zeros(2, 3)
	mustPanic(t, "New", func() { New(2, 2, make([]float64, 3)) })
	mustPanic(t, "Mul", func() { Mul(a, a) })
	mustPanic(t, "Add", func() { Add(a, a.T()) })
	mustPanic(t, "Mask of 3 reflectors of length 2", func() { Mask(Zeros(3, 2)) })
	mustPanic(t, "Diagonal", func() { Diagonal([]float64{1}, 2, 3) })
	mustPanic(t, "RNNForward", func() { RNNForward(Activation{}, Identity(3), Zeros(2, 3), Zeros(5, 3)) })
	mustPanic(t, "Inverse of 2×3", func() { _, _ = Inverse(a) })
}

func TestFourPoint(t *testing.T) {
	x := []float64{0.3, 1.7}
	f := func(x []float64) float64 { return math.Sin(x[0])*x[1]*x[1] + math.Exp(x[1]) }
	want := []float64{math.Cos(0.3) * 1.7 * 1.7, 2*math.Sin(0.3)*1.7 + math.Exp(1.7)}
	nearSlice(t, "gradient", Gradient(f, x, step), want, 1e-11)
	if x[0] != 0.3 || x[1] != 1.7 {
		t.Errorf("x was left changed: %v", x)
	}
	// A polynomial of degree 4 has no truncation error, whatever the step.
	quartic := func(x []float64) float64 { return math.Pow(x[0], 4) - 2*math.Pow(x[0], 3) + x[0] }
	nearValue(t, "quartic with step 0.5", FourPoint(quartic, []float64{1.25}, 0, 0.5), 4*math.Pow(1.25, 3)-6*1.25*1.25+1, 1e-13)
}
