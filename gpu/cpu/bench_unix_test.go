//go:build unix

package cpu

import "syscall"

func init() {
	processSeconds = func() float64 {
		var r syscall.Rusage
		if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
			return 0
		}
		return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
	}
}
