//go:build amd64 || arm64

package cpu

// The functions in vector_*.s; tools/asmgen says what they do. Counts are at least 1.
//
//go:noescape
func modReLUVectors(x *float32, xRow int, unit *float32, unitRow int, vectors, rows int)

//go:noescape
func gateModReLUVectors(v *float32, vRow int, h *float32, hRow int, sums *float32, sumsRow int, vectors, rows int)

//go:noescape
func scaledTanhVectors(x, unit *float32, vectors int)

//go:noescape
func gateScaledTanhVectors(v, h, unit, sums *float32, vectors int)

var unitVectors = unitKernels{modReLUVector, scaledTanhVector, gateModReLUVector, gateScaledTanhVector}

// The forms run whole vectors in place and the rest in vectors of their own, or by the portable form where it gives the same bits, so that
// what becomes of an element does not depend on its place.

func modReLUVector(x matrix, unit []float32) {
	whole := x.wholeVectors()
	if whole > 0 {
		_ = unit[whole-1]
		modReLUVectors(&x.data[0], 4*x.stride, &unit[0], 0, whole/lanes, x.rows)
	}
	for r := 0; r < x.rows && whole < x.cols; r++ {
		modReLUPortable(x.row(r)[whole:], unit[whole:])
	}
}

func scaledTanhVector(x, unit []float32) {
	whole := len(x) &^ (lanes - 1)
	if whole > 0 {
		_ = unit[whole-1]
		scaledTanhVectors(&x[0], &unit[0], whole/lanes)
	}
	if whole < len(x) {
		var rest, by [lanes]float32
		copy(rest[:], x[whole:])
		copy(by[:], unit[whole:len(x)])
		scaledTanhVectors(&rest[0], &by[0], 1)
		copy(x[whole:], rest[:])
	}
}

func gateModReLUVector(v, h, sums matrix) {
	whole := v.wholeVectors(h, sums)
	if whole > 0 {
		gateModReLUVectors(&v.data[0], 4*v.stride, &h.data[0], 4*h.stride, &sums.data[0], 4*sums.stride, whole/lanes, v.rows)
	}
	for r := 0; r < v.rows && whole < v.cols; r++ {
		var rest, state, sum [lanes]float32
		copy(rest[:], v.row(r)[whole:])
		copy(state[:], h.row(r)[whole:])
		copy(sum[:], sums.row(r)[whole:])
		gateModReLUVectors(&rest[0], 0, &state[0], 0, &sum[0], 0, 1, 1)
		copy(v.row(r)[whole:], rest[:])
		copy(sums.row(r)[whole:], sum[:])
	}
}

func gateScaledTanhVector(v, h, unit, sums []float32) {
	whole := len(v) &^ (lanes - 1)
	if whole > 0 {
		_, _, _ = h[whole-1], unit[whole-1], sums[whole-1]
		gateScaledTanhVectors(&v[0], &h[0], &unit[0], &sums[0], whole/lanes)
	}
	if whole < len(v) {
		var rest, state, by, sum [lanes]float32
		copy(rest[:], v[whole:])
		copy(state[:], h[whole:len(v)])
		copy(by[:], unit[whole:len(v)])
		copy(sum[:], sums[whole:len(v)])
		gateScaledTanhVectors(&rest[0], &state[0], &by[0], &sum[0], 1)
		copy(v[whole:], rest[:])
		copy(sums[whole:len(v)], sum[:])
	}
}
