package oracle

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

func TestSByHand(t *testing.T) {
	U := New(2, 3, []float64{1, 2, 3, 9, 4, 5})
	near(t, "S", S(U), New(2, 2, []float64{7, 23, 0, 20.5}), 0)
	near(t, "S⁻¹", InverseS(S(U)), New(2, 2, []float64{1. / 7, -23. / (7 * 20.5), 0, 1 / 20.5}), 1e-15)
}

func TestInverseSAgainstLAPACK(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, m := range []int{1, 2, 3, 7, 31, 33} {
		s := S(reflectors(rng, m, m+3))
		var want mat.Dense
		if err := want.Inverse(dense(s)); err != nil {
			t.Fatal(err)
		}
		near(t, "S⁻¹", InverseS(s), fromDense(&want), 1e-12)
	}
}

// TestInverseSLeavesZeroReflectorsOut checks that the inverse is that of the
// other reflectors alone, with zeros between.
func TestInverseSLeavesZeroReflectorsOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	U := zeroRows(reflectors(rng, 5, 8), 0, 3)
	kept := []int{1, 2, 4}
	packed := Zeros(len(kept), 8)
	for i, j := range kept {
		copy(packed.Row(i), U.Row(j))
	}
	inverse := InverseS(S(packed))
	want := Zeros(5, 5)
	for i, j := range kept {
		for k, l := range kept {
			want.Set(j, l, inverse.At(i, k))
		}
	}
	near(t, "S⁻¹", InverseS(S(U)), want, 1e-14)
}

func TestLowRankIsW(t *testing.T) {
	checkRapid(t, func(t testing.TB, r *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(r, "n")
		U, V := drawReflectors(r, "U", n), drawReflectors(r, "V", n)
		sigma := drawMatrix(r, "sigma", 1, n).Data
		X, Y := LowRank(U, V, sigma)
		got := Sub(Sub(Diagonal(sigma, n, n), Mul(U.T(), X)), Mul(Y.T(), V))
		near(t, "Σ − UᵀX − YᵀV", got, W(U, V, sigma), 1e-9)
	})
}
