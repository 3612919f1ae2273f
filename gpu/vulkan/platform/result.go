//go:build cgo

package platform

import (
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// errDriver is the kind of a failure that has no kind of its own.
var errDriver = errors.New("driver error")

// Result is what a call of Vulkan returned (VkResult).
type Result int32

// Results that the engine tells apart.
const (
	Success              Result = 0
	Timeout              Result = 2
	OutOfHostMemory      Result = -1
	OutOfDeviceMemory    Result = -2
	InitializationFailed Result = -3
	DeviceLost           Result = -4
	LayerNotPresent      Result = -6
	IncompatibleDriver   Result = -9
	Unknown              Result = -13
)

// resultCode is what a failure is called and its kind of error.
type resultCode struct {
	name string
	kind error
}

// results names the failures; https://registry.khronos.org/vulkan/specs/1.3/html/vkspec.html#VkResult
var results = map[Result]resultCode{
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
	-13:         {"unknown error", errDriver},
	-1000069000: {"out of pool memory", gpu.ErrOutOfMemory},
	2:           {"timeout", errDriver},
	5:           {"incomplete", errDriver},
}

// Error is the failure r of a call; nil for success. The message says what was being done.
func Error(call string, r Result, format string, args ...any) error {
	if r == Success {
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
