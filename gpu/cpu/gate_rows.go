package cpu

// gateRowKernels are the inner loops of the way back through activations and masks, over the length of v, or of to.
type gateRowKernels struct {
	leaky   func(slope float32, v, h []float32) // v·slope where not h > 0
	tanh    func(v, h []float32)                // v·(1 − h²)
	mask    func(to, v, mask []float32)         // to = v·mask; to may be v
	maskAdd func(v, mask, add []float32)        // v·mask + add
}

var gateRowsPortable = gateRowKernels{gateLeakyPortable, gateTanhPortable, maskPortable, maskAddPortable}

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
