package cpu

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of the pages that adviseLarge asks for.
const hugePage = 2 << 20

// adviseLarge asks the system to back memory with large pages: sweeping over long sequences otherwise spends a good part of its
// time looking up pages. It is a hint; where the system does not follow it, nothing changes.
func adviseLarge(words []float32) {
	const perPage = hugePage / 4
	if len(words) < 2*perPage {
		return
	}
	skip := 0
	if rest := int(uintptr(unsafe.Pointer(&words[0])) / 4 % perPage); rest != 0 {
		skip = perPage - rest
	}
	whole := (len(words) - skip) / perPage * perPage
	if whole == 0 {
		return
	}
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(&words[skip])), 4*whole), unix.MADV_HUGEPAGE)
}
