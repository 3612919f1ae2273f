package oracle

import (
	"fmt"
	"math"
)

// Sigma returns the singular values of the parameters s (Zhang, Lei & Dhillon
// 2018),
//
//	σ_i = center + 2 radius (sigmoid(s_i) − ½),
//
// which lie strictly between center − radius and center + radius.
func Sigma(s []float64, center, radius float64) []float64 {
	sigma := make([]float64, len(s))
	for i, v := range s {
		sigma[i] = center + 2*radius*(sigmoid(v)-0.5)
	}
	return sigma
}

// SigmaDerivative returns dσ_i/ds_i = 2 radius sigmoid(s_i) (1 − sigmoid(s_i)).
func SigmaDerivative(s []float64, radius float64) []float64 {
	d := make([]float64, len(s))
	for i, v := range s {
		d[i] = 2 * radius * sigmoid(v) * sigmoid(-v)
	}
	return d
}

// SigmaInverse returns the parameters s with [Sigma](s, center, radius) = sigma,
//
//	s_i = log((radius + σ_i − center) / (radius − σ_i + center)).
//
// A σ_i on or outside the band is an error.
func SigmaInverse(sigma []float64, center, radius float64) ([]float64, error) {
	s := make([]float64, len(sigma))
	for i, v := range sigma {
		if !(math.Abs(v-center) < radius) {
			return nil, fmt.Errorf("oracle: sigma[%d] = %g lies outside the open band %g ± %g", i, v, center, radius)
		}
		s[i] = math.Log((radius + (v - center)) / (radius - (v - center)))
	}
	return s, nil
}

// SigmaExp returns the positive, unbounded singular values σ_i = center exp(s_i).
func SigmaExp(s []float64, center float64) []float64 {
	sigma := make([]float64, len(s))
	for i, v := range s {
		sigma[i] = center * math.Exp(v)
	}
	return sigma
}

// SigmaExpDerivative returns dσ_i/ds_i = center exp(s_i).
func SigmaExpDerivative(s []float64, center float64) []float64 { return SigmaExp(s, center) }

// SigmaExpInverse returns s_i = log(σ_i/center). A σ_i that has not the sign of
// center, or is zero, is an error.
func SigmaExpInverse(sigma []float64, center float64) ([]float64, error) {
	s := make([]float64, len(sigma))
	for i, v := range sigma {
		if !(v/center > 0) {
			return nil, fmt.Errorf("oracle: sigma[%d] = %g is no positive multiple of %g", i, v, center)
		}
		s[i] = math.Log(v / center)
	}
	return s, nil
}

// sigmoid is 1/(1+exp(−x)), with no overflow for any x.
func sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}
