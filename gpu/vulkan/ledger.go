//go:build cgo

package vulkan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// ledger counts the Vulkan objects that are alive, by the call that made them, so that Close can tell that nothing is left. A
// test can let any one of the calls fail, in order to see that the failure is handled and leaks nothing. Pipelines are made by
// several goroutines at once.
type ledger struct {
	mu     sync.Mutex
	live   map[string]int
	calls  int // so far
	failAt int // the number of the call that fails, 0 none
}

func newLedger() *ledger { return &ledger{live: map[string]int{}} }

// create makes an object.
func (l *ledger) create(call string, f func() platform.Result) platform.Result {
	return l.createN(call, 1, f)
}

// createN makes n objects in one call.
func (l *ledger) createN(call string, n int, f func() platform.Result) platform.Result {
	r := l.try(f)
	if r == platform.Success {
		l.made(call, n)
	}
	return r
}

// made notes n objects that call made.
func (l *ledger) made(call string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live[call] += n
}

// try makes a call that can fail and makes nothing that has to be freed.
func (l *ledger) try(f func() platform.Result) platform.Result {
	l.mu.Lock()
	l.calls++
	fail := l.calls == l.failAt
	l.mu.Unlock()
	if fail {
		return platform.OutOfDeviceMemory
	}
	return f()
}

// destroyed notes the end of an object that call made.
func (l *ledger) destroyed(call string) { l.made(call, -1) }

// leaks names what is alive, "" if nothing.
func (l *ledger) leaks() string {
	var parts []string
	for _, call := range slices.Sorted(maps.Keys(l.live)) {
		if n := l.live[call]; n != 0 {
			parts = append(parts, fmt.Sprintf("%d by %s", n, call))
		}
	}
	return strings.Join(parts, ", ")
}
