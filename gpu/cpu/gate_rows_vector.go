//go:build amd64 || arm64

package cpu

// The functions in vector_*.s; tools/asmgen says what they do. Counts are at least 1.
//
//go:noescape
func gateLeakyVectors(slope float32, v, h *float32, vectors int)

//go:noescape
func gateTanhVectors(v, h *float32, vectors int)

//go:noescape
func maskVectors(to, v, mask *float32, vectors int)

//go:noescape
func maskAddVectors(v, mask, add *float32, vectors int)

var gateRowsVectors = gateRowKernels{gateLeakyVector, gateTanhVector, maskVector, maskAddVector}

func gateLeakyVector(slope float32, v, h []float32) {
	whole := len(v) &^ (lanes - 1)
	if whole > 0 {
		_ = h[whole-1]
		gateLeakyVectors(slope, &v[0], &h[0], whole/lanes)
	}
	gateLeakyPortable(slope, v[whole:], h[whole:])
}

func gateTanhVector(v, h []float32) {
	whole := len(v) &^ (lanes - 1)
	if whole > 0 {
		_ = h[whole-1]
		gateTanhVectors(&v[0], &h[0], whole/lanes)
	}
	if whole < len(v) {
		var rest, state [lanes]float32
		copy(rest[:], v[whole:])
		copy(state[:], h[whole:len(v)])
		gateTanhVectors(&rest[0], &state[0], 1)
		copy(v[whole:], rest[:])
	}
}

func maskVector(to, v, mask []float32) {
	whole := len(to) &^ (lanes - 1)
	if whole > 0 {
		_, _ = v[whole-1], mask[whole-1]
		maskVectors(&to[0], &v[0], &mask[0], whole/lanes)
	}
	maskPortable(to[whole:], v[whole:], mask[whole:])
}

func maskAddVector(v, mask, add []float32) {
	whole := len(v) &^ (lanes - 1)
	if whole > 0 {
		_, _ = mask[whole-1], add[whole-1]
		maskAddVectors(&v[0], &mask[0], &add[0], whole/lanes)
	}
	if whole < len(v) {
		var rest, by, plus [lanes]float32
		copy(rest[:], v[whole:])
		copy(by[:], mask[whole:len(v)])
		copy(plus[:], add[whole:len(v)])
		maskAddVectors(&rest[0], &by[0], &plus[0], 1)
		copy(v[whole:], rest[:])
	}
}
