//go:build cgo

package vulkan

import (
	"fmt"
	"os"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/gpu/internal/denormals"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// dummyRegions is the number of pieces of memory that stand in for absent operands: one that is read, the others take turns
// as outputs.
const dummyRegions = 16

// device is an opened device, the gpu.Executor. One lock guards everything: a queue takes one caller at a time anyway.
type device struct {
	mu     sync.Mutex
	phys   physical
	vk     *platform.Device // nil where it could not be opened
	info   gpu.Info
	limits limits
	opts   gpu.Options
	ledger *ledger
	files  atomicfile.FS // where the caches lie

	commands    platform.Handle
	pools       [memoryUses]*pool
	spilled     map[uint32]bool // heaps of which was said that they serve in place of a full one
	dummy       allocation
	canary      allocation // a word that the host sees, which every submission of a program writes last
	staging     staging
	pipelines   pipelines
	compiled    int                                         // pipelines made by this process
	refuses     func(k *shaders.Kernel, spec []uint32) bool // pipelines that are to fail, nil for none
	compileTime compileTimes                                // that pipelines are to take, nil for what they take
	tuner       tuner

	syncFull         bool // SPECTRAL_SYNC=full
	forceNonCoherent bool // SPECTRAL_FORCE_NONCOHERENT=1
	dropCanary       bool // tests leave the word out that ends submissions
	dropBarriers     bool // tests leave barriers out to see that the validation layer notices
	unfinished       bool // a submission could not be waited for
	lost             bool
	closed           bool
	messages         messages
}

// hooks are what a test puts in the place of the world; zero fields change nothing.
type hooks struct {
	ledger *ledger       // lets calls fail
	files  atomicfile.FS // lets files fail
	// refuses names pipelines that the driver is to refuse.
	refuses func(k *shaders.Kernel, spec []uint32) bool
	// compileTime is how long pipelines are to take to compile.
	compileTime compileTimes
}

// openDevice opens p.
func openDevice(p physical, opts gpu.Options, h hooks) (*device, error) {
	if h.ledger == nil {
		h.ledger = newLedger()
	}
	if h.files == nil {
		h.files = atomicfile.OS{}
	}
	d := &device{
		phys: p, info: p.info, limits: p.limits, opts: opts, ledger: h.ledger, files: h.files, compileTime: h.compileTime,
		syncFull:         os.Getenv("SPECTRAL_SYNC") == "full",
		forceNonCoherent: os.Getenv("SPECTRAL_FORCE_NONCOHERENT") == "1",
	}
	if d.refuses = h.refuses; d.refuses == nil && p.profile != nil {
		d.refuses = p.profile.refuses
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
	r := d.ledger.create("vkCreateCommandPool", func() (r platform.Result) {
		d.commands, r = d.vk.CreateCommandPool(d.phys.family)
		return r
	})
	if r != platform.Success {
		return platform.Error("vkCreateCommandPool", r, "")
	}
	if err := d.newPools(); err != nil {
		return err
	}
	d.pipelines.kernels = map[*shaders.Kernel]*kernelObjects{}
	d.pipelines.made = map[pipelineKey]*pipeline{}
	d.pipelines.refused, d.pipelines.slow, d.pipelines.dropped = map[pipelineKey]error{}, map[pipelineKey]float64{}, map[tileKey]float64{}
	if err := d.openCache(); err != nil {
		return err
	}
	d.openTunings()
	d.openAvoided()
	var err error
	if d.dummy, err = d.allocate(deviceMemory, dummyRegions*memoryAlign, "absent operands"); err != nil {
		return err
	}
	d.canary, err = d.allocate(downloadMemory, memoryAlign, "the word that ends submissions")
	return err
}

// create makes the VkDevice with one compute queue.
func (d *device) create() error {
	defer denormals.Flush().Restore() // for the threads that a driver on the processor starts
	r := d.ledger.create("vkCreateDevice", func() (r platform.Result) {
		d.vk, r = platform.CreateDevice(d.phys.Physical, d.phys.family, false)
		return r
	})
	return platform.Error("vkCreateDevice", r, "%s", d.info.Name)
}

// Info implements gpu.Executor.
func (d *device) Info() gpu.Info { return d.info }

// Close implements gpu.Executor. Messages of the validation layer that were errors, and objects that this package has
// forgotten to destroy, are its error.
func (d *device) Close() error {
	defer d.deliver()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	return d.shutdown()
}

// shutdown destroys everything, also what a failed start left.
func (d *device) shutdown() error {
	d.closed = true
	if d.vk != nil {
		if d.unfinished && !d.lost {
			d.vk.WaitIdle()
		}
		d.closeStaging()
		d.dummy.release()
		d.canary.release()
		d.closePipelines()
		leaked := d.closePools()
		if d.commands != 0 {
			d.vk.Destroy(platform.CommandPool, d.commands)
			d.ledger.destroyed("vkCreateCommandPool")
		}
		d.collect()
		last := d.vk.Close()
		d.vk = nil
		d.ledger.destroyed("vkCreateDevice")
		for _, msg := range last {
			d.messages.add(msg)
		}
		if l := d.ledger.leaks(); l != "" || leaked > 0 {
			d.messages.add(gpu.Message{Severity: "error", ID: "leak", Text: fmt.Sprintf("not destroyed: %s; %d blocks of memory in use", l, leaked)})
		}
	}
	return d.messages.all()
}

// closePools frees every block and returns how many were in use.
func (d *device) closePools() (used int) {
	for p := range d.allPools() {
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

// locked runs f with the device's lock held, also where it panics, and passes on the messages that came up, afterwards.
func (d *device) locked(f func() error) error {
	defer d.deliver()
	d.mu.Lock()
	defer d.mu.Unlock()
	err := f()
	if !d.closed {
		d.collect()
	}
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
func (d *device) failed(call string, r platform.Result) error {
	d.unfinished = true
	if r == platform.DeviceLost {
		d.lost = true
		return platform.Error(call, r, "%s crashed, or the driver's watchdog reset it or cancelled what it ran; the system log says more. Open it again; shorter sequences or smaller batches make shorter dispatches", d.info.Name)
	}
	return platform.Error(call, r, "%s", d.info.Name)
}
