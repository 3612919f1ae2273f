package cpu

import "math"

// softmaxKernels are the inner loops of a softmax.
type softmaxKernels struct {
	largest    func(x []float32) float32                         // of all that are numbers; −∞ where there is none
	shiftedExp func(y, x []float32, shift float32) (sum float64) // y = eˣ⁻ˢ over the length of x, and its sum; y may be x
}

var softmaxPortable = softmaxKernels{largestPortable, shiftedExpPortable}

func largestPortable(x []float32) float32 {
	most := float32(math.Inf(-1))
	for _, v := range x {
		if v > most {
			most = v
		}
	}
	return most
}

func shiftedExpPortable(y, x []float32, shift float32) float64 {
	y = y[:len(x)]
	for i, v := range x {
		y[i] = float32(math.Exp(float64(v - shift)))
	}
	return sumOf(y)
}
