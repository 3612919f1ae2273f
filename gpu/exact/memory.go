package exact

import "github.com/spectral-gpu/spectral-gpu/gpu"

// memory holds the words of a buffer in float64, and beside them the fp32 words that the host sees, where it sees any.
type memory struct {
	words []float64
	host  []float32
	usage gpu.Usage
}

func (executor) Alloc(_ string, words int, usage gpu.Usage) (gpu.Memory, error) {
	m := &memory{words: make([]float64, words), usage: usage}
	if usage != gpu.DeviceOnly {
		m.host = make([]float32, words)
	}
	return m, nil
}

func (m *memory) Host() []float32 { return m.host }
func (m *memory) Free()           { m.words, m.host = nil, nil }

// fromHost takes what the host has put in.
func (m *memory) fromHost() {
	for i, v := range m.host {
		m.words[i] = float64(v)
	}
}

// toHost shows the host what a run has left, rounded.
func (m *memory) toHost() {
	for i, v := range m.words {
		m.host[i] = float32(v)
	}
}

func (m *memory) Write(off int, src []float32) error {
	for i, v := range src {
		m.words[off+i] = float64(v)
	}
	if m.host != nil {
		copy(m.host[off:], src)
	}
	return nil
}

func (m *memory) Read(off int, dst []float32) error {
	for i := range dst {
		dst[i] = float32(m.words[off+i])
	}
	return nil
}

// Write stores the values of a window without rounding them to fp32.
func Write(v gpu.View, values []float64) {
	w := window(v)
	for i := range v.Rows {
		for j := range v.Cols {
			w.set(i, j, values[i*v.Cols+j])
		}
	}
}

// Read returns the rows × cols values of a window without rounding them to fp32.
func Read(v gpu.View) []float64 {
	w, out := window(v), make([]float64, 0, v.Len())
	for i := range v.Rows {
		for j := range v.Cols {
			out = append(out, w.at(i, j))
		}
	}
	return out
}
