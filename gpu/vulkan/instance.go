//go:build cgo

package vulkan

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// instance is a connection to the Vulkan loader, with or without the validation layer. Every opened device has its own, so
// that messages belong to one device and closing a device leaves nothing behind.
type instance struct {
	c      *C.sg_instance
	handle vk.Instance
}

// newInstance makes an instance. The report says what was looked for, whether or not there is an error.
func newInstance(validate bool) (inst *instance, report []string, err error) {
	proc, report, err := openLibrary()
	if err != nil {
		return nil, report, err
	}
	report = append(report, driverReport()...)
	c := (*C.sg_instance)(C.calloc(1, C.sizeof_sg_instance))
	if c == nil {
		return nil, report, resultError("calloc", -1, "")
	}
	r := vk.Result(C.sg_instance_create(proc, boolInt(validate), c))
	switch {
	case r == vk.Result(C.VK_ERROR_LAYER_NOT_PRESENT):
		err = resultError("vkCreateInstance", r, "VK_LAYER_KHRONOS_validation is not installed (Debian: vulkan-validationlayers)")
	case r == -9 || r == -3:
		err = resultError("vkCreateInstance", r, "the Vulkan loader found no driver that works")
	default:
		err = resultError("vkCreateInstance", r, "")
	}
	if err != nil {
		C.free(unsafe.Pointer(c))
		return nil, report, err
	}
	inst = &instance{c: c, handle: *(*vk.Instance)(unsafe.Pointer(&c.handle))}
	if err := initBinding(inst.handle); err != nil {
		inst.close()
		return nil, report, err
	}
	return inst, report, nil
}

// close destroys the instance. Devices made from it must be closed before.
func (in *instance) close() {
	if in.c != nil {
		C.sg_instance_destroy(in.c)
		C.free(unsafe.Pointer(in.c))
		in.c = nil
	}
}

// devices lists the physical devices that can run the kernels.
func (in *instance) devices() ([]physical, []string, error) {
	var n uint32
	r := vk.EnumeratePhysicalDevices(in.handle, &n, nil)
	if r != vk.Success || n == 0 {
		return nil, nil, resultError("vkEnumeratePhysicalDevices", r, "")
	}
	handles := make([]vk.PhysicalDevice, n)
	if r := vk.EnumeratePhysicalDevices(in.handle, &n, handles); r != vk.Success && r != vk.Incomplete {
		return nil, nil, resultError("vkEnumeratePhysicalDevices", r, "")
	}
	var list []physical
	var report []string
	for _, h := range handles[:n] {
		p, err := in.describe(h)
		if err != nil {
			report = append(report, err.Error())
			continue
		}
		p.info.Index = len(list)
		list = append(list, p)
	}
	return list, report, nil
}

// takeMessages moves out what the validation layer has said since the last time.
func (in *instance) takeMessages() []gpu.Message {
	var list []gpu.Message
	var m C.sg_message
	for C.sg_messages_take(in.c.messages, &m) != 0 {
		msg := gpu.Message{Severity: "warning", ID: C.GoString(m.id), Text: C.GoString(m.text)}
		if m.severity&C.VK_DEBUG_SEVERITY_ERROR != 0 {
			msg.Severity = "error"
		}
		// The loader complains about drivers it cannot use (general messages); that is no fault of this program.
		if msg.Severity == "error" && m.types&C.VK_DEBUG_TYPE_VALIDATION == 0 {
			msg.Severity = "warning"
		}
		list = append(list, msg)
		C.sg_message_free(&m)
	}
	return list
}
