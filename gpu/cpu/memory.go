package cpu

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

const (
	lineWords = 16      // words of a cache line, and of the widest vector
	maxWords  = 1 << 46 // what no address space can hold as float32
	smallest  = 1 << 22 // allocations of fewer words are made without asking how much memory there is
)

// allocate returns zeroed memory that starts on a cache line, or an error of kind gpu.ErrOutOfMemory where the system clearly
// cannot provide it: the Go runtime would end the process instead. The promise ends when the memory is given up.
func allocate(what string, words int) ([]float32, *promise, error) {
	if int64(words) > maxWords {
		return nil, nil, outOfMemory(what, words, availableMemory())
	}
	need := 4 * int64(words)
	if words >= smallest {
		if free := availableMemory(); free >= 0 && need > free {
			debug.FreeOSMemory() // memory of closed buffers may still be held by the runtime
			if free = availableMemory(); free >= 0 && need > free {
				return nil, nil, outOfMemory(what, words, free)
			}
		}
	}
	raw := make([]float32, words+lineWords)
	adviseLarge(raw)
	skip := 0
	if rest := int(uintptr(unsafe.Pointer(&raw[0])) / 4 % lineWords); rest != 0 {
		skip = lineWords - rest
	}
	return raw[skip : skip+words : skip+words], promised.add(raw), nil
}

func outOfMemory(what string, words int, free int64) error {
	return &gpu.Error{Op: "allocate", Kind: gpu.ErrOutOfMemory,
		Msg: fmt.Sprintf("%s needs %s; %s of memory available; a smaller batch or a shorter sequence would fit", what, gib(4*float64(words)), gib(float64(free)))}
}

func gib(bytes float64) string {
	if bytes < 1<<30 {
		return fmt.Sprintf("%.1f MiB", bytes/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", bytes/(1<<30))
}

// processorModel returns the processor's name as the system gives it, or its architecture.
func processorModel() string {
	if text, found := findLine("/proc/cpuinfo", "model name"); found {
		if _, name, ok := strings.Cut(text, ":"); ok && strings.TrimSpace(name) != "" {
			return strings.Join(strings.Fields(name), " ")
		}
	}
	return runtime.GOARCH
}

// findLine returns what follows the first line's prefix in a file.
func findLine(path, prefix string) (string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), prefix); ok {
			return rest, true
		}
	}
	return "", false
}
