//go:build amd64 || arm64

package cpu

// The functions in vector_*.s; tools/asmgen says what they do. Counts are at least 1.
//
//go:noescape
func gateLeakyVectors(slope float32, v, h *float32, vectors int)

//go:noescape
func gateTanhVectors(v, h *float32, vectors int)

//go:noescape
func maskVectors(to *float32, toRow int, v *float32, vRow int, mask *float32, maskRow int, vectors, rows int)

//go:noescape
func maskAddVectors(v *float32, vRow int, mask *float32, maskRow int, add *float32, addRow int, vectors, rows int)

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

func maskVector(to, v, mask matrix) {
	whole := to.wholeVectors(v, mask)
	if whole > 0 {
		maskVectors(&to.data[0], 4*to.stride, &v.data[0], 4*v.stride, &mask.data[0], 4*mask.stride, whole/lanes, to.rows)
	}
	for r := 0; r < to.rows && whole < to.cols; r++ {
		maskPortable(to.row(r)[whole:], v.row(r)[whole:], mask.row(r)[whole:])
	}
}

func maskAddVector(v, mask, add matrix) {
	whole := v.wholeVectors(mask, add)
	if whole > 0 {
		maskAddVectors(&v.data[0], 4*v.stride, &mask.data[0], 4*mask.stride, &add.data[0], 4*add.stride, whole/lanes, v.rows)
	}
	for r := 0; r < v.rows && whole < v.cols; r++ {
		var rest, by, plus [lanes]float32
		copy(rest[:], v.row(r)[whole:])
		copy(by[:], mask.row(r)[whole:])
		copy(plus[:], add.row(r)[whole:])
		maskAddVectors(&rest[0], 0, &by[0], 0, &plus[0], 0, 1, 1)
		copy(v.row(r)[whole:], rest[:])
	}
}

// wholeVectors returns how many columns of a matrix are whole vectors, 0 where it has no rows; the others have as many rows and columns.
func (m *matrix) wholeVectors(others ...matrix) int {
	whole := m.cols &^ (lanes - 1)
	if whole == 0 || m.rows == 0 {
		return 0
	}
	_ = m.data[(m.rows-1)*m.stride+whole-1]
	for i := range others {
		_ = others[i].data[(m.rows-1)*others[i].stride+whole-1]
	}
	return whole
}
