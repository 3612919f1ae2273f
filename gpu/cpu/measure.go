package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Reserve implements gpu.Measurer: addresses that must not be touched.
func (e *executor) Reserve(words int) (gpu.Memory, error) {
	m, free, err := reserve(words)
	if err != nil {
		return nil, outOfMemory("a plan", words, availableMemory())
	}
	return &reserved{memory{words: m}, free}, nil
}

// Measure implements gpu.Measurer.
func (e *executor) Measure(ops []gpu.Op) (gpu.Measured, error) {
	c := &compiler{kernels: e.kernels, threads: e.pool.threads, arena: &arena{}}
	tasks, _, err := c.tasks(ops, false)
	if err != nil {
		return gpu.Measured{}, err
	}
	return gpu.Measured{Scratch: 4 * int64(c.arena.most), Dispatches: working(tasks)}, nil
}

// reserved is memory without contents.
type reserved struct {
	memory
	free func()
}

// Free implements gpu.Memory.
func (r *reserved) Free() { r.free() }
