package memlimit

import (
	"os"
	"strings"
	"syscall"
)

// arenas is what the Go runtime takes of the address space beside what it is asked for: it maps in pieces of 64 MiB, aligned.
const arenas = 128 << 20

// limits returns the process' limits on its address space and on its private memory (ulimit -v and -d).
func limits(s system) []limit {
	var list []limit
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &r) == nil && r.Cur < unknown {
		if pages, ok := number(firstField(s.read("proc/self/statm"))); ok {
			list = append(list, limit{int64(r.Cur), pages*int64(os.Getpagesize()) + arenas})
		}
	}
	if syscall.Getrlimit(syscall.RLIMIT_DATA, &r) == nil && r.Cur < unknown {
		for line := range strings.Lines(s.read("proc/self/status")) {
			if rest, found := strings.CutPrefix(line, "VmData:"); found {
				if kib, ok := number(firstField(rest)); ok {
					list = append(list, limit{int64(r.Cur), kib * 1024})
				}
			}
		}
	}
	return list
}

func firstField(text string) string {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}
