package oracle

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

func TestReflectorByHand(t *testing.T) {
	near(t, "H((3, 4))", Reflector([]float64{3, 4}), New(2, 2, []float64{7. / 25, -24. / 25, -24. / 25, -7. / 25}), 1e-15)
	near(t, "H((−2))", Reflector([]float64{-2}), New(1, 1, []float64{-1}), 0)
	near(t, "H(0)", Reflector([]float64{0, 0}), Identity(2), 0)
}

func TestQIsTheProductOfReflectors(t *testing.T) {
	for _, c := range reflectorCases() {
		t.Run(c.name, func(t *testing.T) {
			want := Identity(c.U.Cols)
			for j := range c.U.Rows {
				want = Mul(want, Reflector(c.U.Row(j)))
			}
			near(t, "Q", Q(c.U), want, 1e-14)
			near(t, "compact Q", CompactQ(c.U), want, 1e-13)
			near(t, "Q of normalised reflectors", Q(Normalise(c.U)), want, 1e-14)
		})
	}
}

func TestStructuralEntriesAreIgnored(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	U := reflectors(rng, 5, 6)
	dirty := U.Clone()
	for j := range dirty.Rows {
		for i := range j {
			dirty.Set(j, i, math.NaN())
		}
	}
	X, G := random(rng, 3, 6), random(rng, 6, 6)
	near(t, "Mask", Mask(dirty), U, 0)
	near(t, "Q", Q(dirty), Q(U), 0)
	near(t, "CompactQ", CompactQ(dirty), CompactQ(U), 0)
	near(t, "QGradient", QGradient(dirty, G), QGradient(U, G), 0)
	near(t, "QGradientDense", QGradientDense(dirty, G), QGradientDense(U, G), 0)
	dX, dU := ApplyGradient(dirty, X, X)
	wantX, wantU := ApplyGradient(U, X, X)
	near(t, "ApplyGradient: dX", dX, wantX, 0)
	near(t, "ApplyGradient: dU", dU, wantU, 0)
}

func TestApplyByHand(t *testing.T) {
	// H_0 swaps the axes with a sign, H_1 negates the last coordinate; the two do
	// not commute, so this fixes the order and the meaning of the transpose.
	U := New(2, 2, []float64{1, 1, 0, 1})
	near(t, "Q", Q(U), New(2, 2, []float64{0, 1, -1, 0}), 1e-15)
	X := New(2, 2, []float64{1, 0, 2, 3})
	near(t, "Apply", Apply(U, X), New(2, 2, []float64{0, -1, 3, -2}), 1e-15)
	near(t, "ApplyTransposed", ApplyTransposed(U, X), New(2, 2, []float64{0, 1, -3, 2}), 1e-15)
}

func TestNormalise(t *testing.T) {
	U := Normalise(New(3, 3, []float64{3, 0, 4, 9, 0, 0, 9, 9, -5}))
	near(t, "Normalise", U, New(3, 3, []float64{0.6, 0, 0.8, 0, 0, 0, 0, 0, -1}), 2e-16)
}

func TestReflectGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 2, 7} {
		u, h, g := random(rng, 1, n), random(rng, 1, n), random(rng, 1, n)
		L := func() float64 { return Mul(g, Reflector(u.Data), h.T()).At(0, 0) }
		du, dh := ReflectGradient(u.Data, h.Data, g.Data)
		near(t, "du", New(1, n, du), numerical(u, L), 1e-9)
		near(t, "dh", New(1, n, dh), numerical(h, L), 1e-9)
		nearValue(t, "du·u", floats.Dot(du, u.Data), 0, 1e-13)
	}
	du, dh := ReflectGradient([]float64{0, 0}, []float64{1, 2}, []float64{3, 4})
	nearSlice(t, "du at u = 0", du, []float64{0, 0}, 0)
	nearSlice(t, "dh at u = 0", dh, []float64{3, 4}, 0)
}

func TestApplyGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, c := range reflectorCases() {
		for _, dir := range []struct {
			name     string
			apply    func(U, X Matrix) Matrix
			gradient func(U, X, dY Matrix) (dX, dU Matrix)
		}{
			{"Q", Apply, ApplyGradient},
			{"transposed", ApplyTransposed, ApplyTransposedGradient},
		} {
			t.Run(c.name+"/"+dir.name, func(t *testing.T) {
				U, X, dY := c.U.Clone(), random(rng, 3, c.U.Cols), random(rng, 3, c.U.Cols)
				L := func() float64 { return Dot(dY, dir.apply(U, X)) }
				dX, dU := dir.gradient(U, X, dY)
				near(t, "dX", dX, numerical(X, L), 1e-9)
				near(t, "dU", dU, numericalReflectors(U, L), 1e-8)
			})
		}
	}
}

func TestQGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, c := range reflectorCases() {
		t.Run(c.name, func(t *testing.T) {
			U, G := c.U.Clone(), random(rng, c.U.Cols, c.U.Cols)
			want := numericalReflectors(U, func() float64 { return Dot(G, Q(U)) })
			near(t, "QGradient", QGradient(U, G), want, 1e-8)
			near(t, "QGradientDense", QGradientDense(U, G), want, 1e-8)
			near(t, "the two", QGradient(U, G), QGradientDense(U, G), 1e-12)
		})
	}
}

// TestGradientOfNearlyParallel keeps reflectors apart by 1e-6, where a formula
// that subtracts what it should not would lose all its digits.
func TestGradientOfNearlyParallel(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	U, G := nearlyParallel(rng, 9, 12, 1e-6), random(rng, 12, 12)
	near(t, "the two", QGradient(U, G), QGradientDense(U, G), 1e-12)
	near(t, "compact Q", CompactQ(U), Q(U), 1e-12)
}

func TestReflectorProperties(t *testing.T) {
	checkRapid(t, func(t testing.TB, r *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(r, "n")
		U := drawReflectors(r, "U", n)
		X, dY := drawMatrix(r, "X", 3, n), drawMatrix(r, "dY", 3, n)
		q := Q(U)

		near(t, "QᵀQ", Mul(q.T(), q), Identity(n), 1e-13)
		nearValue(t, "orthogonality defect", OrthogonalityDefect(q), 0, 1e-13)
		near(t, "compact Q", CompactQ(U), q, 1e-9)
		Y := Apply(U, X)
		near(t, "Qᵀ(Q x)", ApplyTransposed(U, Y), X, 1e-13)
		for b := range X.Rows {
			nearValue(t, "‖Q x‖", floats.Norm(Y.Row(b), 2), floats.Norm(X.Row(b), 2), 1e-13)
		}
		nonzero := 0
		_, dU := ApplyGradient(U, X, dY)
		for j := range U.Rows {
			// relative to the terms that cancel: du ~ |x||dY|/|u|
			nearValue(t, "du·u", floats.Dot(dU.Row(j), U.Row(j)), 0, 1e-12)
			nearSlice(t, "masked du", dU.Row(j)[:j], make([]float64, j), 0)
			if floats.Norm(U.Row(j), 2) > 0 {
				nonzero++
			} else {
				nearSlice(t, "du of u = 0", dU.Row(j), make([]float64, n), 0)
			}
		}
		logAbs, sign := LogAbsDet(q)
		nearValue(t, "log|det Q|", logAbs, 0, 1e-12)
		nearValue(t, "sign of det Q", sign, math.Pow(-1, float64(nonzero)), 0)
	})
}
