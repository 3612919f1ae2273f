//go:build cgo

package main

// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #include "radv.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// radv is an opened device of the RADV driver.
type radv struct {
	handle     *C.ss_device
	name, info string // the device; the version of the driver
}

// openRADV opens the first RADV device that the Vulkan loader finds.
func openRADV() (*radv, error) {
	var name, info, fault [C.SS_TEXT]C.char
	h := C.ss_open(&name[0], &info[0], &fault[0])
	if h == nil {
		return nil, fmt.Errorf("open a RADV device: %s", C.GoString(&fault[0]))
	}
	return &radv{handle: h, name: C.GoString(&name[0]), info: C.GoString(&info[0])}, nil
}

func (d *radv) close() { C.ss_close(d.handle) }

// compile compiles a kernel with a specialization in the order of k.Spec.
func (d *radv) compile(k *shaders.Kernel, spec []uint32) (compiled, error) {
	code := k.SPIRV()
	ids := make([]uint32, len(spec)+1) // never empty, so that it has an address
	values := make([]uint32, len(spec)+1)
	for i, s := range k.Spec {
		ids[i], values[i] = s.ID, spec[i]
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	for _, p := range []*uint32{&code[0], &ids[0], &values[0]} {
		pin.Pin(p)
	}
	kernel := C.ss_kernel{
		code:         (*C.uint32_t)(&code[0]),
		codeBytes:    C.size_t(4 * len(code)),
		bindingCount: C.uint32_t(len(k.Bindings)),
		pushBytes:    C.uint32_t(k.PushBytes),
		specCount:    C.uint32_t(len(spec)),
		specIDs:      (*C.uint32_t)(&ids[0]),
		spec:         (*C.uint32_t)(&values[0]),
	}
	report := (*C.ss_report)(C.calloc(1, C.sizeof_ss_report))
	defer C.free(unsafe.Pointer(report))
	var fault [C.SS_TEXT]C.char
	if C.ss_compile(d.handle, &kernel, report, &fault[0]) != 0 {
		return compiled{}, errors.New(C.GoString(&fault[0]))
	}
	defer C.free(unsafe.Pointer(report.assembly))
	c := compiled{Kernel: k.Name, Spec: spec, Subgroup: int(report.subgroupSize), Statistics: map[string]uint64{}}
	for i := range int(report.count) {
		c.Statistics[C.GoString(&report.names[i][0])] = uint64(report.values[i])
	}
	if report.assembly == nil {
		return compiled{}, fmt.Errorf("%s gives no assembly", d.info)
	}
	c.Assembly = C.GoString(report.assembly)
	return c, nil
}
