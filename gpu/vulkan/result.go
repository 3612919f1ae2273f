//go:build cgo

package vulkan

import (
	"errors"
	"fmt"

	vk "github.com/vulkan-go/vulkan"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// errDriver is the kind of a failure that has no kind of its own.
var errDriver = errors.New("driver error")

// result is what a call of Vulkan returned.
type resultCode struct {
	name string
	kind error
}

// results names the failures; https://registry.khronos.org/vulkan/specs/1.3/html/vkspec.html#VkResult
var results = map[vk.Result]resultCode{
	-1:          {"out of host memory", gpu.ErrOutOfMemory},
	-2:          {"out of device memory", gpu.ErrOutOfMemory},
	-3:          {"initialization failed", gpu.ErrNoDevice},
	-4:          {"device lost", gpu.ErrDeviceLost},
	-5:          {"memory map failed", gpu.ErrOutOfMemory},
	-6:          {"layer not present", gpu.ErrUnsupported},
	-7:          {"extension not present", gpu.ErrUnsupported},
	-8:          {"feature not present", gpu.ErrUnsupported},
	-9:          {"incompatible driver", gpu.ErrNoDevice},
	-10:         {"too many objects", gpu.ErrOutOfMemory},
	-12:         {"fragmented pool", gpu.ErrOutOfMemory},
	-1000069000: {"out of pool memory", gpu.ErrOutOfMemory},
	2:           {"timeout", errDriver},
	5:           {"incomplete", errDriver},
}

// resultError is the failure r of a call; nil for success. The message says what was being done.
func resultError(call string, r vk.Result, format string, args ...any) error {
	if r == vk.Success {
		return nil
	}
	code, ok := results[r]
	if !ok {
		code = resultCode{fmt.Sprintf("VkResult %d", int32(r)), errDriver}
	}
	msg := fmt.Sprintf(format, args...)
	if code.name != code.kind.Error() {
		if msg != "" {
			msg = ": " + msg
		}
		msg = code.name + msg
	}
	return &gpu.Error{Op: call, Kind: code.kind, Msg: msg}
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
