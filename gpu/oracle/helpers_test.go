package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// step of the four-point differences; see FourPoint for its error.
const step = 1e-3

func random(rng *rand.Rand, rows, cols int) Matrix {
	a := Zeros(rows, cols)
	for i := range a.Data {
		a.Data[i] = rng.NormFloat64()
	}
	return a
}

// reflectors returns masked normal rows.
func reflectors(rng *rand.Rand, m, n int) Matrix { return Mask(random(rng, m, n)) }

// zeroRows sets the named reflectors to zero.
func zeroRows(U Matrix, rows ...int) Matrix {
	for _, j := range rows {
		clear(U.Row(j))
	}
	return U
}

// nearlyParallel returns m reflectors that differ from a common vector by about eps.
func nearlyParallel(rng *rand.Rand, m, n int, eps float64) Matrix {
	U := Zeros(m, n)
	common := random(rng, 1, n)
	for j := range m {
		copy(U.Row(j), Add(common, AddScaled(Zeros(1, n), eps, random(rng, 1, n))).Data)
	}
	return Mask(U)
}

type reflectorCase struct {
	name string
	U    Matrix
}

// reflectorCases are the sets of reflectors that gradients and identities are
// tested on.
func reflectorCases() []reflectorCase {
	rng := rand.New(rand.NewPCG(1, 2))
	return []reflectorCase{
		{"n=1/m=0", Zeros(0, 1)},
		{"n=1/m=1", reflectors(rng, 1, 1)},
		{"n=2/m=1", reflectors(rng, 1, 2)},
		{"n=2/m=2", reflectors(rng, 2, 2)},
		{"n=5/m=0", Zeros(0, 5)},
		{"n=7/m=3", reflectors(rng, 3, 7)},
		{"n=7/m=7", reflectors(rng, 7, 7)},
		{"n=7/m=4/all zero", Zeros(4, 7)},
		{"n=7/m=4/first zero", zeroRows(reflectors(rng, 4, 7), 0)},
		{"n=7/m=4/middle zero", zeroRows(reflectors(rng, 4, 7), 1, 2)},
		{"n=7/m=7/last zero", zeroRows(reflectors(rng, 7, 7), 6)},
		{"n=6/m=4/nearly parallel", nearlyParallel(rng, 4, 6, 1e-3)},
		{"n=6/m=4/parallel", nearlyParallel(rng, 4, 6, 0)},
	}
}

// drawReflectors draws 0 ≤ m ≤ n reflectors of length n, some of them zero.
func drawReflectors(t *rapid.T, label string, n int) Matrix {
	m := rapid.IntRange(0, n).Draw(t, label+" m")
	U := drawMatrix(t, label, m, n)
	for j := range m {
		if rapid.IntRange(0, 9).Draw(t, fmt.Sprintf("%s zero %d", label, j)) == 0 {
			clear(U.Row(j))
		}
	}
	return Mask(U)
}

func drawMatrix(t *rapid.T, label string, rows, cols int) Matrix {
	seed := rapid.Uint64().Draw(t, label+" seed")
	return random(rand.New(rand.NewPCG(seed, 7)), rows, cols)
}

// near fails unless got and want have one shape and differ by at most tol times
// the larger of 1 and the largest entry of want.
func near(t testing.TB, what string, got, want Matrix, tol float64) {
	t.Helper()
	if got.Rows != want.Rows || got.Cols != want.Cols {
		t.Fatalf("%s is %d×%d, want %d×%d", what, got.Rows, got.Cols, want.Rows, want.Cols)
	}
	nearSlice(t, what, got.Data, want.Data, tol)
}

func nearSlice(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d values, want %d", what, len(got), len(want))
	}
	scale := 1.0
	for _, v := range want {
		scale = math.Max(scale, math.Abs(v))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol*scale) {
			t.Fatalf("%s: value %d is %.17g, want %.17g (difference %.3g, allowed %.3g)",
				what, i, got[i], want[i], got[i]-want[i], tol*scale)
		}
	}
}

func nearValue(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	nearSlice(t, what, []float64{got}, []float64{want}, tol)
}

// fatalT is what near needs, so that rapid's T serves as well.
type fatalT struct {
	testing.TB
	r *rapid.T
}

func (f fatalT) Helper()                           {}
func (f fatalT) Fatalf(format string, args ...any) { f.r.Fatalf(format, args...) }

// checkRapid runs a property with a testing.TB that reports to rapid.
func checkRapid(t *testing.T, property func(t testing.TB, r *rapid.T)) {
	rapid.Check(t, func(r *rapid.T) { property(fatalT{r: r}, r) })
}

// numerical returns the gradient of L, which reads x, with respect to all
// entries of x.
func numerical(x Matrix, L func() float64) Matrix {
	return New(x.Rows, x.Cols, Gradient(func([]float64) float64 { return L() }, x.Data, step))
}

// numericalReflectors is numerical for reflectors. At u = 0 their product is
// discontinuous: the gradient there is defined as 0.
func numericalReflectors(U Matrix, L func() float64) Matrix {
	g := Zeros(U.Rows, U.Cols)
	for j := range U.Rows {
		if (Matrix{Rows: 1, Cols: U.Cols, Data: U.Row(j)}).MaxAbs() == 0 {
			continue
		}
		for i := range U.Cols {
			g.Set(j, i, FourPoint(func([]float64) float64 { return L() }, U.Row(j), i, step))
		}
	}
	return g
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}
