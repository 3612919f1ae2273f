package oracle

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSigmaByHand(t *testing.T) {
	s := []float64{0, 1000, -1000, math.Log(3)}
	nearSlice(t, "Sigma", Sigma(s, 1, 0.1), []float64{1, 1.1, 0.9, 1.05}, 1e-15)
	nearSlice(t, "derivative", SigmaDerivative(s, 0.1), []float64{0.05, 0, 0, 0.0375}, 1e-16)
	nearSlice(t, "SigmaExp", SigmaExp([]float64{0, math.Log(3)}, 2), []float64{2, 6}, 1e-15)
}

func TestSigmaDerivatives(t *testing.T) {
	for _, s := range []float64{-20, -3, -0.1, 0, 0.7, 5, 30} {
		x := []float64{s}
		band := func(x []float64) float64 { return Sigma(x, 1, 0.3)[0] }
		exp := func(x []float64) float64 { return SigmaExp(x, 0.5)[0] }
		nearValue(t, "Sigma", SigmaDerivative(x, 0.3)[0], FourPoint(band, x, 0, step), 1e-11)
		nearValue(t, "SigmaExp", SigmaExpDerivative(x, 0.5)[0], FourPoint(exp, x, 0, step), 1e-11)
	}
}

func TestSigmaInverses(t *testing.T) {
	s := []float64{-4, -0.5, 0, 1, 6}
	got, err := SigmaInverse(Sigma(s, 1, 0.01), 1, 0.01)
	if err != nil {
		t.Fatal(err)
	}
	nearSlice(t, "SigmaInverse", got, s, 1e-9)
	got, err = SigmaExpInverse(SigmaExp(s, 3), 3)
	if err != nil {
		t.Fatal(err)
	}
	nearSlice(t, "SigmaExpInverse", got, s, 1e-14)
	for _, sigma := range []float64{1.01, 0.99, 2, math.NaN()} {
		if _, err := SigmaInverse([]float64{sigma}, 1, 0.01); err == nil {
			t.Errorf("SigmaInverse(%g, 1, 0.01): no error", sigma)
		}
	}
	for _, sigma := range []float64{0, -1, math.NaN()} {
		if _, err := SigmaExpInverse([]float64{sigma}, 1); err == nil {
			t.Errorf("SigmaExpInverse(%g, 1): no error", sigma)
		}
	}
}

// weightCases are the shapes of W that are tested: p×q with m₁ and m₂ reflectors.
var weightCases = []struct {
	name         string
	p, q, m1, m2 int
	zeroU, zeroV []int
}{
	{name: "1x1", p: 1, q: 1, m1: 1, m2: 1},
	{name: "1x4", p: 1, q: 4, m1: 1, m2: 1},
	{name: "4x1", p: 4, q: 1, m1: 1, m2: 1},
	{name: "5x5", p: 5, q: 5, m1: 2, m2: 3},
	{name: "5x5 full", p: 5, q: 5, m1: 5, m2: 5},
	{name: "5x5 no reflectors", p: 5, q: 5},
	{name: "3x6", p: 3, q: 6, m1: 3, m2: 3},
	{name: "3x6 full", p: 3, q: 6, m1: 3, m2: 6},
	{name: "6x3", p: 6, q: 3, m1: 3, m2: 2},
	{name: "6x4 zero reflectors", p: 6, q: 4, m1: 3, m2: 3, zeroU: []int{1}, zeroV: []int{0, 2}},
}

func TestWGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 20))
	const center, radius = 1, 0.4
	for _, c := range weightCases {
		t.Run(c.name, func(t *testing.T) {
			U := zeroRows(reflectors(rng, c.m1, c.p), c.zeroU...)
			V := zeroRows(reflectors(rng, c.m2, c.q), c.zeroV...)
			s, G := random(rng, 1, min(c.p, c.q)), random(rng, c.p, c.q)
			L := func() float64 { return Dot(G, W(U, V, Sigma(s.Data, center, radius))) }

			dU, dV, dSigma := WGradient(U, V, Sigma(s.Data, center, radius), G)
			ds := ColumnDots(New(1, s.Cols, dSigma), New(1, s.Cols, SigmaDerivative(s.Data, radius)))
			near(t, "dU", dU, numericalReflectors(U, L), 1e-8)
			near(t, "dV", dV, numericalReflectors(V, L), 1e-8)
			near(t, "ds", New(1, s.Cols, ds), numerical(s, L), 1e-9)
		})
	}
}

func TestWProperties(t *testing.T) {
	checkRapid(t, func(t testing.TB, r *rapid.T) {
		p, q := rapid.IntRange(1, 9).Draw(r, "p"), rapid.IntRange(1, 9).Draw(r, "q")
		U, V := drawReflectors(r, "U", p), drawReflectors(r, "V", q)
		sigma := drawMatrix(r, "sigma", 1, min(p, q)).Data
		w := W(U, V, sigma)

		want := make([]float64, len(sigma))
		sum, sumOfSquares := 0.0, 0.0
		for i, v := range sigma {
			want[i] = math.Abs(v)
			sum += want[i]
			sumOfSquares += v * v
		}
		slices.Sort(want)
		slices.Reverse(want)
		got, err := SingularValues(w)
		if err != nil {
			t.Fatalf("SingularValues: %v", err)
		}
		nearSlice(t, "singular values", got, want, 1e-12)
		norm, _ := SpectralNorm(w)
		nearValue(t, "spectral norm", norm, want[0], 1e-12)
		nuclear, _ := Nuclear(w)
		nearValue(t, "nuclear norm", nuclear, sum, 1e-12)
		nearValue(t, "Frobenius norm", Frobenius(w), math.Sqrt(sumOfSquares), 1e-12)
	})
}
