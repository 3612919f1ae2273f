package hh

import "github.com/spectral-gpu/spectral-gpu/gpu"

// memory is the intermediates of one object: a unit of an arena, which the object owns where it was made for it alone.
type memory struct {
	unit *gpu.Buffer
	own  *gpu.Arena
}

// alloc allocates an arena that holds nothing but this object's intermediates; Close frees it.
func (m *memory) alloc(dev *gpu.Device, mem *gpu.Arena) error {
	m.own = mem
	return mem.Alloc(dev)
}

// Words returns the 32-bit words of device memory that the intermediates take.
func (m *memory) Words() int {
	if m.unit == nil {
		return 0
	}
	return m.unit.Len()
}

// Close frees the intermediates where they are this object's own.
func (m *memory) Close() { m.own.Close() }

// constant returns what fills a view with one value.
func constant(value float32) func([]float32) {
	return func(x []float32) {
		for i := range x {
			x[i] = value
		}
	}
}
