package cpu

import (
	"sync"
	"weak"

	"github.com/spectral-gpu/spectral-gpu/gpu/internal/memlimit"
)

// promised holds all memory that this process' executors have handed out and that may not have been written to yet: until it is, the
// system counts it as free.
var promised = promises{list: map[*promise]bool{}}

// promises is a list of promised memory; it does not keep it alive.
type promises struct {
	mu   sync.Mutex
	list map[*promise]bool
}

// promise is one piece of memory, written to or not.
type promise struct {
	first weak.Pointer[float32]
	words int
}

// leastPromise is the number of words from which memory is counted.
const leastPromise = 4096

// add enters new memory. It leaves the list when it is removed, when every page of it has been written to, or when it is garbage.
func (l *promises) add(words []float32) *promise {
	if len(words) < leastPromise {
		return nil
	}
	p := &promise{weak.Make(&words[0]), len(words)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list[p] = true
	return p
}

func (l *promises) remove(p *promise) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.list, p)
}

// untouched returns the bytes of promised memory that have not been written to.
func (l *promises) untouched() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var sum int64
	for p := range l.list {
		first := p.first.Value()
		if first == nil {
			delete(l.list, p)
			continue
		}
		n := untouchedBytes(first, p.words)
		if sum += n; n == 0 {
			delete(l.list, p)
		}
	}
	return sum
}

// Available implements gpu.Budgeter.
func (e *executor) Available() (bytes int64, ok bool) {
	free := availableMemory()
	return max(free, 0), free >= 0
}

// availableMemory returns the bytes that can still be allocated, −1 where that is not known. Tests replace it.
var availableMemory = func() int64 {
	free, ok := memlimit.Free(promised.untouched())
	if !ok {
		return -1
	}
	return free
}
