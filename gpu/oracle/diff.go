package oracle

import "math"

var inf = math.Inf(1)

// FourPoint returns ∂f/∂x_i by central differences of fourth order,
//
//	f'(x) ≈ (f(x−2h) − 8 f(x−h) + 8 f(x+h) − f(x+2h)) / 12h,
//
// whose error is h⁴ f⁽⁵⁾/30 plus rounding of about 2⁻⁵² |f|/h; h = 1e-3 balances
// the two for functions and arguments of order one. x is changed during the
// call and is restored bit for bit.
func FourPoint(f func(x []float64) float64, x []float64, i int, h float64) float64 {
	old := x[i]
	at := func(step float64) float64 {
		x[i] = old + step
		return f(x)
	}
	d := at(-2*h) - 8*at(-h) + 8*at(h) - at(2*h)
	x[i] = old
	return d / (12 * h)
}

// Gradient returns all derivatives of f at x by [FourPoint].
func Gradient(f func(x []float64) float64, x []float64, h float64) []float64 {
	g := make([]float64, len(x))
	for i := range x {
		g[i] = FourPoint(f, x, i, h)
	}
	return g
}
