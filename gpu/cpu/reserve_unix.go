//go:build unix

package cpu

import (
	"syscall"
	"unsafe"
)

// reserve returns addresses without memory behind them: touching them ends the process.
func reserve(words int) ([]float32, func(), error) {
	raw, err := syscall.Mmap(-1, 0, 4*words, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, nil, err
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&raw[0])), words), func() { _ = syscall.Munmap(raw) }, nil
}
