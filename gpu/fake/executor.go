package fake

import (
	"fmt"
	"slices"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Executor is the executor behind a fake device.
type Executor struct {
	mu          sync.Mutex
	memories    []*memory // alive
	programs    []*Program
	allocations int
	runs        int
	words, peak int64
	failAlloc   int
	failRun     int
	fullSync    bool
	closed      bool
}

// New returns an executor; gpu.NewDevice makes a device of it.
func New() *Executor { return &Executor{} }

// Open returns a device and the executor behind it.
func Open() (*gpu.Device, *Executor) {
	x := New()
	return gpu.NewDevice(x), x
}

// FailAllocation makes the i-th allocation from now on fail with gpu.ErrOutOfMemory, the next one being the first; 0 makes none
// fail. A buffer is an allocation, and so is the recording of a program.
func (x *Executor) FailAllocation(i int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failAlloc = i
	x.allocations = 0
}

// FailRun makes the i-th run of any program from now on fail with gpu.ErrDeviceLost, and every later one; 0 makes none fail.
func (x *Executor) FailRun(i int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failRun = i
	x.runs = 0
}

// FullSync makes programs that are compiled from now on have a barrier before every operation, as SPECTRAL_SYNC=full does.
func (x *Executor) FullSync(on bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fullSync = on
}

// Allocations returns the number of allocations that were asked for since New or FailAllocation, failed ones included.
func (x *Executor) Allocations() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.allocations
}

// Live names the buffers and programs that are alive, in order of creation.
func (x *Executor) Live() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.live()
}

func (x *Executor) live() []string {
	var names []string
	for _, m := range x.memories {
		names = append(names, "buffer "+m.name)
	}
	for _, p := range x.programs {
		if !p.closed {
			names = append(names, "program "+p.Name)
		}
	}
	return names
}

// Words returns the 32-bit words of memory that are alive, and the most there ever were.
func (x *Executor) Words() (now, peak int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.words, x.peak
}

// Programs returns every program that was compiled, in order, closed ones included.
func (x *Executor) Programs() []*Program {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.programs)
}

// Info implements gpu.Executor.
func (x *Executor) Info() gpu.Info { return info }

// Alloc implements gpu.Executor.
func (x *Executor) Alloc(name string, words int, usage gpu.Usage) (gpu.Memory, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if words < 1 {
		return nil, &gpu.Error{Op: "fake allocation", Kind: gpu.ErrShape, Msg: fmt.Sprintf("%d words for %s", words, name)}
	}
	if err := x.allocate(fmt.Sprintf("%d words for %s", words, name)); err != nil {
		return nil, err
	}
	m := &memory{x: x, name: name, words: words, usage: usage}
	x.memories = append(x.memories, m)
	x.words += int64(words)
	x.peak = max(x.peak, x.words)
	return m, nil
}

// allocate counts an allocation and fails the one that is to fail.
func (x *Executor) allocate(what string) error {
	if x.closed {
		return &gpu.Error{Op: "fake allocation", Kind: gpu.ErrClosed, Msg: what}
	}
	x.allocations++
	if x.allocations == x.failAlloc {
		return &gpu.Error{Op: "fake allocation", Kind: gpu.ErrOutOfMemory, Msg: fmt.Sprintf("allocation %d was asked to fail: %s", x.allocations, what)}
	}
	return nil
}

// Close implements gpu.Executor. What is still alive is an error: package gpu closes it first.
func (x *Executor) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return &gpu.Error{Op: "fake close", Kind: gpu.ErrClosed}
	}
	x.closed = true
	if names := x.live(); len(names) > 0 {
		return &gpu.Error{Op: "fake close", Kind: gpu.ErrLeak, Msg: fmt.Sprint(names)}
	}
	return nil
}
