package oracle

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

// must returns the value of a decomposition that has to succeed.
func must[T any](t testing.TB, what string) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return v
	}
}

// drawSquare draws a well-conditioned square W with its factors.
func drawSquare(r *rapid.T) (w Matrix, sigma []float64, flips int) {
	n := rapid.IntRange(1, 9).Draw(r, "n")
	U, V := drawReflectors(r, "U", n), drawReflectors(r, "V", n)
	sigma = Sigma(drawMatrix(r, "s", 1, n).Data, 1, 0.5)
	for i := range sigma {
		if rapid.Bool().Draw(r, "negative") {
			sigma[i] = -sigma[i]
			flips++
		}
	}
	for _, M := range []Matrix{U, V} {
		for j := range M.Rows {
			if floats.Norm(M.Row(j), 2) > 0 {
				flips++
			}
		}
	}
	return W(U, V, sigma), sigma, flips
}

func TestSquareSpectrum(t *testing.T) {
	checkRapid(t, func(t testing.TB, r *rapid.T) {
		w, sigma, flips := drawSquare(r)
		n := w.Rows
		inverse := must[Matrix](t, "Inverse")(Inverse(w))
		near(t, "W⁻¹W", Mul(inverse, w), Identity(n), 1e-12)
		near(t, "pseudo-inverse", must[Matrix](t, "PseudoInverse")(PseudoInverse(w, 0)), inverse, 1e-12)

		logAbs, sign := LogAbsDet(w)
		want, smallest, largest := 0.0, math.Inf(1), 0.0
		for _, v := range sigma {
			want += math.Log(math.Abs(v))
			smallest, largest = math.Min(smallest, math.Abs(v)), math.Max(largest, math.Abs(v))
		}
		nearValue(t, "log|det|", logAbs, want, 1e-12)
		nearValue(t, "sign of det", sign, math.Pow(-1, float64(flips)), 0)
		nearValue(t, "condition number", must[float64](t, "ConditionNumber")(ConditionNumber(w)), largest/smallest, 1e-12)

		near(t, "W³", must[Matrix](t, "Power")(Power(w, 3)), Mul(w, w, w), 1e-12)
		near(t, "W⁰", must[Matrix](t, "Power")(Power(w, 0)), Identity(n), 0)
		near(t, "W⁻²W²", Mul(must[Matrix](t, "Power")(Power(w, -2)), w, w), Identity(n), 1e-10)
	})
}

func TestRectangularPseudoInverseAndTruncation(t *testing.T) {
	checkRapid(t, func(t testing.TB, r *rapid.T) {
		p, q := rapid.IntRange(1, 8).Draw(r, "p"), rapid.IntRange(1, 8).Draw(r, "q")
		rank := rapid.IntRange(0, min(p, q)).Draw(r, "rank")
		U, V := drawReflectors(r, "U", p), drawReflectors(r, "V", q)
		sigma := make([]float64, min(p, q))
		for i := range rank {
			sigma[i] = float64(rank - i)
		}
		w := W(U, V, sigma)

		// The four conditions of Penrose.
		pinv := must[Matrix](t, "PseudoInverse")(PseudoInverse(w, 1e-10))
		near(t, "W W⁺ W", Mul(w, pinv, w), w, 1e-12)
		near(t, "W⁺ W W⁺", Mul(pinv, w, pinv), pinv, 1e-12)
		near(t, "(W W⁺)ᵀ", Mul(w, pinv).T(), Mul(w, pinv), 1e-12)
		near(t, "(W⁺ W)ᵀ", Mul(pinv, w).T(), Mul(pinv, w), 1e-12)

		k := rapid.IntRange(0, min(p, q)).Draw(r, "k")
		kept := make([]float64, len(sigma))
		copy(kept, sigma[:k])
		near(t, "truncation", must[Matrix](t, "Truncate")(Truncate(w, k)), W(U, V, kept), 1e-12)
	})
}

func TestSingularMatrices(t *testing.T) {
	w := New(2, 2, []float64{1, 2, 2, 4})
	if _, err := Inverse(w); err == nil {
		t.Error("Inverse of a singular matrix: no error")
	}
	if _, err := LogAbsDetGradient(Zeros(3, 3)); err == nil {
		t.Error("LogAbsDetGradient of zero: no error")
	}
	if logAbs, sign := LogAbsDet(w); !math.IsInf(logAbs, -1) || sign != 0 {
		t.Errorf("LogAbsDet of a singular matrix is %g, %g", logAbs, sign)
	}
	if c := must[float64](t, "ConditionNumber")(ConditionNumber(Zeros(2, 2))); !math.IsInf(c, 1) {
		t.Errorf("condition number of zero is %g", c)
	}
	if _, err := Power(w, -1); err == nil {
		t.Error("Power(singular, −1): no error")
	}
	near(t, "pseudo-inverse of zero", must[Matrix](t, "PseudoInverse")(PseudoInverse(Zeros(2, 3), 0)), Zeros(3, 2), 0)
}

func TestEmptyMatrices(t *testing.T) {
	e := Zeros(0, 0)
	near(t, "inverse", must[Matrix](t, "Inverse")(Inverse(e)), e, 0)
	near(t, "pseudo-inverse of 0×3", must[Matrix](t, "PseudoInverse")(PseudoInverse(Zeros(0, 3), 0)), Zeros(3, 0), 0)
	logAbs, sign := LogAbsDet(e)
	nearSlice(t, "log|det| and sign", []float64{logAbs, sign}, []float64{0, 1}, 0)
	nearValue(t, "spectral norm", must[float64](t, "SpectralNorm")(SpectralNorm(e)), 0, 0)
	nearValue(t, "condition number", must[float64](t, "ConditionNumber")(ConditionNumber(e)), 1, 0)
	nearValue(t, "nuclear norm", must[float64](t, "Nuclear")(Nuclear(e)), 0, 0)
	nearValue(t, "defect", OrthogonalityDefect(e), 0, 0)
}

func TestOrthogonalityDefectByHand(t *testing.T) {
	// QᵀQ − I = diag(3, 0): ‖·‖_F = 3, n = 2.
	nearValue(t, "defect", OrthogonalityDefect(Diagonal([]float64{2, 1}, 2, 2)), 3/math.Sqrt2, 1e-15)
}

func TestInverseAndDeterminantGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	for _, n := range []int{1, 2, 5} {
		w, G := Add(Diagonal(slicesOf(3, n), n, n), AddScaled(Zeros(n, n), 0.3, random(rng, n, n))), random(rng, n, n)
		got := must[Matrix](t, "LogAbsDetGradient")(LogAbsDetGradient(w))
		near(t, "d log|det|", got, numerical(w, func() float64 { l, _ := LogAbsDet(w); return l }), 1e-9)
		got = must[Matrix](t, "InverseGradient")(InverseGradient(w, G))
		near(t, "d ⟨G, W⁻¹⟩", got, numerical(w, func() float64 { return Dot(G, must[Matrix](t, "Inverse")(Inverse(w))) }), 1e-9)
	}
}

// slicesOf returns n times v.
func slicesOf(v float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}
