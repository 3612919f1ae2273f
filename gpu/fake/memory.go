package fake

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// memory is a buffer's memory. Its words exist from the first touch on.
type memory struct {
	x     *Executor
	name  string
	words int
	usage gpu.Usage
	data  []float32
	freed bool
}

func (m *memory) touch() []float32 {
	if m.data == nil {
		m.data = make([]float32, m.words)
	}
	return m.data
}

// Host implements gpu.Memory.
func (m *memory) Host() []float32 {
	m.x.mu.Lock()
	defer m.x.mu.Unlock()
	if m.usage == gpu.DeviceOnly || m.freed {
		return nil
	}
	return m.touch()
}

// Write implements gpu.Memory.
func (m *memory) Write(off int, src []float32) error {
	m.x.mu.Lock()
	defer m.x.mu.Unlock()
	if err := m.check("write", off, len(src)); err != nil {
		return err
	}
	copy(m.touch()[off:], src)
	return nil
}

// Read implements gpu.Memory.
func (m *memory) Read(off int, dst []float32) error {
	m.x.mu.Lock()
	defer m.x.mu.Unlock()
	if err := m.check("read", off, len(dst)); err != nil {
		return err
	}
	copy(dst, m.touch()[off:])
	return nil
}

func (m *memory) check(op string, off, n int) error {
	switch {
	case m.freed || m.x.closed:
		return &gpu.Error{Op: "fake " + op, Kind: gpu.ErrClosed, Msg: "memory of " + m.name}
	case off < 0 || off > m.words-n:
		return &gpu.Error{Op: "fake " + op, Kind: gpu.ErrShape, Msg: fmt.Sprintf("%d words from %d of %s, which has %d", n, off, m.name, m.words)}
	}
	return nil
}

// Free implements gpu.Memory. Freeing twice is a bug of package gpu.
func (m *memory) Free() {
	m.x.mu.Lock()
	defer m.x.mu.Unlock()
	i := slices.Index(m.x.memories, m)
	if i < 0 {
		panic("fake: memory of " + m.name + " freed twice")
	}
	m.x.memories = slices.Delete(m.x.memories, i, i+1)
	m.x.words -= int64(m.words)
	m.data, m.freed = nil, true
}
