//go:build cgo

package vulkan

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"os"
	"sync"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/internal/denormals"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// dummyRegions is the number of pieces of memory that stand in for absent operands: one that is read, the others take turns
// as outputs.
const dummyRegions = 16

// device is an opened device, the gpu.Executor. One lock guards everything: a queue takes one caller at a time anyway.
type device struct {
	mu     sync.Mutex
	inst   *instance
	phys   physical
	c      *C.sg_device
	handle vk.Device
	info   gpu.Info
	limits limits
	opts   gpu.Options
	ledger *ledger

	commands  vk.CommandPool
	pools     [memoryUses]*pool
	dummy     allocation
	staging   staging
	pipelines pipelines
	compiled  int // pipelines made by this process
	tuner     tuner

	syncFull         bool // SPECTRAL_SYNC=full
	forceNonCoherent bool // SPECTRAL_FORCE_NONCOHERENT=1
	dropBarriers     bool // tests leave barriers out to see that the validation layer notices
	unfinished       bool // a submission could not be waited for
	lost             bool
	closed           bool
	messages         messages
}

// openDevice opens p. It owns inst from here on, also when it fails. led is nil but in tests.
func openDevice(inst *instance, p physical, opts gpu.Options, led *ledger) (*device, error) {
	if led == nil {
		led = newLedger()
	}
	d := &device{
		inst: inst, phys: p, info: p.info, limits: p.limits, opts: opts, ledger: led,
		syncFull:         os.Getenv("SPECTRAL_SYNC") == "full",
		forceNonCoherent: os.Getenv("SPECTRAL_FORCE_NONCOHERENT") == "1",
	}
	if os.Getenv("SPECTRAL_FORCE_STAGING") == "1" {
		d.info.Unified = false
	}
	if err := d.start(); err != nil {
		_ = d.shutdown()
		return nil, err
	}
	d.deliver()
	return d, nil
}

// start makes what every program needs.
func (d *device) start() error {
	if err := d.create(); err != nil {
		return err
	}
	info := vk.CommandPoolCreateInfo{
		SType:            vk.StructureTypeCommandPoolCreateInfo,
		Flags:            vk.CommandPoolCreateFlags(vk.CommandPoolCreateResetCommandBufferBit),
		QueueFamilyIndex: d.phys.family,
	}
	defer info.Free()
	var pool vk.CommandPool
	r := d.ledger.create("vkCreateCommandPool", func() vk.Result { return vk.CreateCommandPool(d.handle, &info, nil, &pool) })
	if r != vk.Success {
		return resultError("vkCreateCommandPool", r, "")
	}
	d.commands = pool
	if err := d.newPools(); err != nil {
		return err
	}
	d.pipelines.kernels = map[*shaders.Kernel]*kernelObjects{}
	d.pipelines.made = map[pipelineKey]*pipeline{}
	if err := d.openCache(); err != nil {
		return err
	}
	d.openTunings()
	var err error
	d.dummy, err = d.allocate(deviceMemory, dummyRegions*memoryAlign, "absent operands")
	return err
}

// create makes the VkDevice with one compute queue.
func (d *device) create() error {
	d.c = (*C.sg_device)(C.calloc(1, C.sizeof_sg_device))
	if d.c == nil {
		return resultError("calloc", -1, "")
	}
	defer denormals.Flush().Restore() // for the threads that a driver on the processor starts
	r := d.ledger.create("vkCreateDevice", func() vk.Result {
		return vk.Result(C.sg_device_create(d.inst.c, C.VkDispatchable(unsafe.Pointer(d.phys.handle)), d.phys.about, C.uint32_t(d.phys.family), d.c))
	})
	if r != vk.Success {
		return resultError("vkCreateDevice", r, "%s", d.info.Name)
	}
	d.handle = *(*vk.Device)(unsafe.Pointer(&d.c.handle))
	return nil
}

// Info implements gpu.Executor.
func (d *device) Info() gpu.Info { return d.info }

// Close implements gpu.Executor. Messages of the validation layer that were errors, and objects that this package has
// forgotten to destroy, are its error.
func (d *device) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	err := d.shutdown()
	d.mu.Unlock()
	d.deliver()
	return err
}

// shutdown destroys everything, also what a failed start left.
func (d *device) shutdown() error {
	d.closed = true
	if d.handle != nil {
		if d.unfinished && !d.lost {
			vk.DeviceWaitIdle(d.handle)
		}
		d.closeStaging()
		d.dummy.release()
		d.closePipelines()
		leaked := d.closePools()
		if raw(d.commands) != 0 {
			vk.DestroyCommandPool(d.handle, d.commands, nil)
			d.ledger.destroyed("vkCreateCommandPool")
		}
		vk.DestroyDevice(d.handle, nil)
		d.ledger.destroyed("vkCreateDevice")
		d.handle = nil
		d.collect()
		if l := d.ledger.leaks(); l != "" || leaked > 0 {
			d.messages.add(gpu.Message{Severity: "error", ID: "leak", Text: fmt.Sprintf("not destroyed: %s; %d blocks of memory in use", l, leaked)})
		}
	}
	C.free(unsafe.Pointer(d.c))
	d.c = nil
	d.inst.close()
	return d.messages.all()
}

// closePools frees every block and returns how many were in use.
func (d *device) closePools() (used int) {
	for _, p := range d.pools {
		if p == nil {
			continue
		}
		for _, b := range p.blocks {
			if b.used > 0 {
				used++
			}
			b.destroy()
		}
		p.blocks = nil
	}
	return used
}

// locked runs f with the device's lock held and passes on the messages that came up, afterwards.
func (d *device) locked(f func() error) error {
	d.mu.Lock()
	err := f()
	if !d.closed {
		d.collect()
	}
	d.mu.Unlock()
	d.deliver()
	return err
}

// usable tells whether the device can still be used for op.
func (d *device) usable(op string) error {
	switch {
	case d.closed:
		return &gpu.Error{Op: op, Kind: gpu.ErrClosed, Msg: "device " + d.info.Name}
	case d.lost:
		return &gpu.Error{Op: op, Kind: gpu.ErrDeviceLost, Msg: d.info.Name + "; open it again"}
	}
	return nil
}

// failed turns the result of a submission into an error, and remembers that the device is lost.
func (d *device) failed(call string, r vk.Result) error {
	d.unfinished = true
	if r == vk.ErrorDeviceLost {
		d.lost = true
		return resultError(call, r, "%s crashed or was reset by the driver's watchdog; the system log says more. Open it again; shorter sequences or smaller batches make shorter dispatches", d.info.Name)
	}
	return resultError(call, r, "%s", d.info.Name)
}
