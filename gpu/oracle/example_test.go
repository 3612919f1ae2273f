package oracle_test

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
)

// A 2×3 weight with singular values 2 and 1, and the derivative of one of its
// entries with respect to σ, by the formula and by differences.
func Example() {
	U := oracle.New(1, 2, []float64{1, 1})
	V := oracle.New(2, 3, []float64{1, 2, 2, 0, 1, 3})
	sigma := []float64{2, 1}

	w := oracle.W(U, V, sigma)
	values, err := oracle.SingularValues(w)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("singular values of W: %.3f\n", values)

	G := oracle.Zeros(2, 3)
	G.Set(1, 2, 1) // L = W_12
	_, _, dSigma := oracle.WGradient(U, V, sigma, G)
	byDifferences := oracle.Gradient(func(sigma []float64) float64 {
		return oracle.W(U, V, sigma).At(1, 2)
	}, sigma, 1e-3)
	fmt.Printf("dσ: %.3f and %.3f\n", dSigma, byDifferences)
	// Output:
	// singular values of W: [2.000 1.000]
	// dσ: [0.444 0.000] and [0.444 0.000]
}
