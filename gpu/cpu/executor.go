package cpu

import (
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// executor implements gpu.Executor.
type executor struct {
	info    gpu.Info
	kernels *kernels
	pool    *pool
	run     sync.Mutex // one program at a time
}

func newExecutor(k *kernels, threads int) *executor {
	return &executor{info: describe(k, threads), kernels: k, pool: newPool(threads)}
}

// Info implements gpu.Executor.
func (e *executor) Info() gpu.Info { return e.info }

// Alloc implements gpu.Executor.
func (e *executor) Alloc(name string, words int, usage gpu.Usage) (gpu.Memory, error) {
	w, p, err := allocate("buffer "+name, words)
	if err != nil {
		return nil, err
	}
	return &memory{words: w, promise: p, usage: usage}, nil
}

// Close implements gpu.Executor: the workers end.
func (e *executor) Close() error {
	e.run.Lock()
	defer e.run.Unlock()
	e.pool.close()
	return nil
}

// memory implements gpu.Memory. The words are the same for host and device; no copy is ever made.
type memory struct {
	words   []float32
	promise *promise
	usage   gpu.Usage
}

// Host implements gpu.Memory.
func (m *memory) Host() []float32 {
	if m.usage == gpu.DeviceOnly {
		return nil
	}
	return m.words
}

// Write implements gpu.Memory.
func (m *memory) Write(off int, src []float32) error {
	copy(m.words[off:off+len(src)], src)
	return nil
}

// Read implements gpu.Memory.
func (m *memory) Read(off int, dst []float32) error {
	copy(dst, m.words[off:off+len(dst)])
	return nil
}

// Free implements gpu.Memory.
func (m *memory) Free() {
	m.words = nil
	promised.remove(m.promise)
}
