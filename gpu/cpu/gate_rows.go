package cpu

// gateRowKernels are the inner loops of the way back through activations and masks, over the size of v, or of to. Masks have all rows at
// once, since a call a row would count.
type gateRowKernels struct {
	leaky   func(slope float32, v, h []float32) // v·slope where not h > 0
	tanh    func(v, h []float32)                // v·(1 − h²)
	mask    func(to, v, mask matrix)            // to = v·mask; to may be v
	maskAdd func(v, mask, add matrix)           // v·mask + add
}

var gateRowsPortable = gateRowKernels{gateLeakyPortable, gateTanhPortable, func(to, v, mask matrix) {
	for r := range to.rows {
		maskPortable(to.row(r), v.row(r), mask.row(r))
	}
}, func(v, mask, add matrix) {
	for r := range v.rows {
		maskAddPortable(v.row(r), mask.row(r), add.row(r))
	}
}}

// gateLeakyPortable does not branch on the signs, which no processor predicts.
func gateLeakyPortable(slope float32, v, h []float32) {
	h = h[:len(v)]
	factors := [2]float32{slope, 1}
	for i := range v {
		positive := 0
		if h[i] > 0 {
			positive = 1
		}
		v[i] *= factors[positive]
	}
}

func gateTanhPortable(v, h []float32) {
	h = h[:len(v)]
	for i := range v {
		v[i] *= 1 - float32(h[i]*h[i])
	}
}

func maskPortable(to, v, mask []float32) {
	v, mask = v[:len(to)], mask[:len(to)]
	for i := range to {
		to[i] = v[i] * mask[i]
	}
}

func maskAddPortable(v, mask, add []float32) {
	mask, add = mask[:len(v)], add[:len(v)]
	for i := range v {
		v[i] = float32(v[i]*mask[i]) + add[i]
	}
}
