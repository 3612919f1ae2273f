//go:build cgo

package vulkan

// #cgo CFLAGS: -std=c11 -D_GNU_SOURCE -O2 -Wall
// #cgo linux LDFLAGS: -ldl
// #include "shim.h"
import "C"

import "unsafe"

// raw turns a non-dispatchable handle of the Go binding into the shim's.
func raw[H any](h H) C.VkNonDispatchable { return *(*C.VkNonDispatchable)(unsafe.Pointer(&h)) }

// cooked turns the shim's non-dispatchable handle into one of the Go binding.
func cooked[H any](u C.VkNonDispatchable) H { return *(*H)(unsafe.Pointer(&u)) }

// Both sides hold 64 bits.
const _ = uint(unsafe.Sizeof(uintptr(0)) - 8)

// boolInt is a C truth value.
func boolInt(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
