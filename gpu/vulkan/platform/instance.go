//go:build cgo

package platform

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Instance is this process' connection to the Vulkan loader, with or without the validation layer. It is made at first use and never
// destroyed: some drivers refuse to be loaded again after a dozen times, and others lose memory each time.
type Instance struct{ c *C.sg_instance }

// instances are the two that there may be.
var instances struct {
	sync.Mutex
	plain, validating *Instance
}

// Open returns the instance. The report says what was looked for, whether or not there is an error; a failure is not remembered, so
// that a driver may be installed meanwhile.
func Open(validate bool) (inst *Instance, report []string, err error) {
	proc, report, err := openLibrary()
	if err != nil {
		return nil, report, err
	}
	report = append(report, driverReport()...)
	instances.Lock()
	defer instances.Unlock()
	kept := &instances.plain
	if validate {
		kept = &instances.validating
	}
	if *kept == nil {
		made, err := newInstance(proc, validate)
		if err != nil {
			return nil, report, blameManifests(err)
		}
		*kept = made
	}
	return *kept, report, nil
}

// blameManifests adds to the failure of a call that reads driver manifests those that are none: the loader gives up over a single one
// and calls that out of memory.
func blameManifests(err error) error {
	bad := badManifests()
	if err == nil || len(bad) == 0 {
		return err
	}
	return &gpu.Error{Op: "load Vulkan drivers", Kind: gpu.ErrNoDevice, Err: err,
		Msg: "a driver manifest is damaged, which hides all drivers from the Vulkan loader: " + strings.Join(bad, "; ") + "; mend or remove it, or name the good ones in VK_DRIVER_FILES"}
}

func newInstance(proc unsafe.Pointer, validate bool) (*Instance, error) {
	c := (*C.sg_instance)(C.calloc(1, C.sizeof_sg_instance))
	if c == nil {
		return nil, Error("calloc", OutOfHostMemory, "")
	}
	r := Result(C.sg_instance_create(proc, boolInt(validate), boolInt(wantSurfaces), c))
	if r == Success {
		return &Instance{c}, nil
	}
	C.free(unsafe.Pointer(c))
	switch r {
	case LayerNotPresent:
		return nil, Error("vkCreateInstance", r, "VK_LAYER_KHRONOS_validation is not installed (Debian: vulkan-validationlayers)")
	case IncompatibleDriver, InitializationFailed:
		return nil, Error("vkCreateInstance", r, "the Vulkan loader found no driver that works")
	}
	return nil, Error("vkCreateInstance", r, "")
}

// Devices lists the physical devices, and says why others that there are cannot be used.
func (in *Instance) Devices() ([]*Physical, []string, error) {
	var n C.uint32_t
	if r := Result(C.sg_devices_list(in.c, &n, nil)); r != Success || n == 0 {
		return nil, nil, blameManifests(Error("vkEnumeratePhysicalDevices", r, ""))
	}
	handles := make([]C.VkDispatchable, n)
	if r := Result(C.sg_devices_list(in.c, &n, &handles[0])); r != Success {
		return nil, nil, Error("vkEnumeratePhysicalDevices", r, "")
	}
	var list []*Physical
	var report []string
	for _, h := range handles[:n] {
		p, err := in.describe(h)
		if err != nil {
			report = append(report, err.Error())
			continue
		}
		list = append(list, p)
	}
	return list, report, nil
}

// TakeMessages moves out what the validation layer has said, not during a call on a device, since the last time.
func (in *Instance) TakeMessages() []gpu.Message { return takeMessages(in.c.messages) }

func takeMessages(queue *C.sg_messages) []gpu.Message {
	var list []gpu.Message
	var m C.sg_message
	for C.sg_messages_take(queue, &m) != 0 {
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

// boolInt is a C truth value.
func boolInt(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
