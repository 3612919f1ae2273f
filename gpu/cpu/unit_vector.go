//go:build amd64 || arm64

package cpu

// The functions in vector_*.s; tools/asmgen says what they do. Counts are at least 1.
//
//go:noescape
func modReLUVectors(x, unit *float32, vectors int)

//go:noescape
func gateModReLUVectors(v, h, sums *float32, vectors int)

//go:noescape
func scaledTanhVectors(x, unit *float32, vectors int)

//go:noescape
func gateScaledTanhVectors(v, h, unit, sums *float32, vectors int)

var unitVectors = unitKernels{modReLUVector, scaledTanhVector, gateModReLUVector, gateScaledTanhVector}

// The forms run whole vectors in place and the rest in vectors of their own, or by the portable form where it gives the same bits, so that
// what becomes of an element does not depend on its place.

func modReLUVector(x, unit []float32) {
	whole := len(x) &^ (lanes - 1)
	if whole > 0 {
		_ = unit[whole-1]
		modReLUVectors(&x[0], &unit[0], whole/lanes)
	}
	modReLUPortable(x[whole:], unit[whole:])
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

func gateModReLUVector(v, h, sums []float32) {
	whole := len(v) &^ (lanes - 1)
	if whole > 0 {
		_, _ = h[whole-1], sums[whole-1]
		gateModReLUVectors(&v[0], &h[0], &sums[0], whole/lanes)
	}
	if whole < len(v) {
		var rest, state, sum [lanes]float32
		copy(rest[:], v[whole:])
		copy(state[:], h[whole:len(v)])
		copy(sum[:], sums[whole:len(v)])
		gateModReLUVectors(&rest[0], &state[0], &sum[0], 1)
		copy(v[whole:], rest[:])
		copy(sums[whole:len(v)], sum[:])
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
