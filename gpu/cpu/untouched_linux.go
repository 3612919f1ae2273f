package cpu

import (
	"os"
	"syscall"
	"unsafe"
)

// untouchedBytes returns how much of memory has no page behind it yet.
func untouchedBytes(first *float32, words int) int64 {
	page := uintptr(os.Getpagesize())
	from := uintptr(unsafe.Pointer(first)) / page * page
	to := uintptr(unsafe.Pointer(first)) + 4*uintptr(words)
	var present [4096]byte
	var bytes int64
	for at := from; at < to; {
		size := min(uintptr(len(present))*page, (to-at+page-1)/page*page)
		if _, _, e := syscall.Syscall(syscall.SYS_MINCORE, at, size, uintptr(unsafe.Pointer(&present[0]))); e != 0 {
			return 0
		}
		for _, p := range present[:size/page] {
			if p&1 == 0 {
				bytes += int64(page)
			}
		}
		at += size
	}
	return bytes
}
