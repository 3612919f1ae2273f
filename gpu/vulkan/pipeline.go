//go:build cgo

package vulkan

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// kernelObjects are a kernel's code and interface on the device; every specialisation shares them.
type kernelObjects struct {
	module, setLayout, layout platform.Handle
}

// pipeline is a kernel compiled for one set of specialization constants.
type pipeline struct {
	kernel *kernelObjects
	handle platform.Handle
}

// pipelineKey identifies a pipeline; spec is the bits of the constants as a string.
type pipelineKey struct {
	kernel *shaders.Kernel
	spec   string
}

// pipelines are a device's compiled kernels. They live until the device is closed.
type pipelines struct {
	kernels map[*shaders.Kernel]*kernelObjects
	made    map[pipelineKey]*pipeline
	refused map[pipelineKey]error   // by the driver
	slow    map[pipelineKey]float64 // seconds to compile, where that is too long
	dropped map[tileKey]float64     // because of that: the seconds, 0 where it was refused
	kept    avoided                 // what earlier processes found
	cache   platform.Handle
}

func specKey(spec []uint32) string {
	if len(spec) == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(&spec[0])), 4*len(spec)))
}

// specialised is a kernel with the bits of its specialization constants, in the order of kernel.Spec.
type specialised struct {
	kernel *shaders.Kernel
	spec   []uint32
}

// String names a pipeline as files keep it.
func (s specialised) String() string { return fmt.Sprint(s.kernel.Name, s.spec) }

func (s specialised) key() pipelineKey { return pipelineKey{s.kernel, specKey(s.spec)} }

// pipelinesOf returns the pipeline of each kernel. Those that do not exist yet are compiled on all processors at once: drivers
// compile one at a time in the calling thread, and a start spends most of its time there.
func (d *device) pipelinesOf(list []specialised) ([]*pipeline, error) {
	fresh, err := d.missingPipelines(list)
	if err != nil {
		return nil, err
	}
	made, errs := make([]*pipeline, len(fresh)), make([]error, len(fresh))
	took := make([]time.Duration, len(fresh))
	var clock compileClock
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.NumCPU(), len(fresh)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(fresh); i = int(next.Add(1)) - 1 {
				begun := time.Now()
				made[i], errs[i] = d.compilePipeline(fresh[i])
				took[i] = clock.took(begun, time.Now())
			}
		})
	}
	wait.Wait()
	for i, p := range made {
		if p != nil { // also those beside one that failed: they are destroyed with the device
			d.pipelines.made[fresh[i].key()] = p
			d.compiled++
			d.compiledIn(fresh[i], took[i])
		}
	}
	for i, err := range errs {
		var refused *refusal
		if errors.As(err, &refused) {
			d.pipelines.refused[fresh[i].key()] = err
		}
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	pipes := make([]*pipeline, len(list))
	for i, s := range list {
		pipes[i] = d.pipelines.made[s.key()]
	}
	return pipes, nil
}

// missingPipelines returns those of the list that have to be compiled, each once, with the kernels' own objects made.
func (d *device) missingPipelines(list []specialised) ([]specialised, error) {
	var fresh []specialised
	seen := map[pipelineKey]bool{}
	for _, s := range list {
		key := s.key()
		if d.pipelines.made[key] != nil || seen[key] {
			continue
		}
		seen[key] = true
		if err := d.refusedBefore(s); err != nil {
			return nil, err
		}
		if err := d.checkKernel(s.kernel, s.spec); err != nil {
			return nil, err
		}
		if _, err := d.kernelObjects(s.kernel); err != nil {
			return nil, err
		}
		fresh = append(fresh, s)
	}
	return fresh, nil
}

// compilePipeline compiles a kernel whose objects exist. It may run beside others.
func (d *device) compilePipeline(s specialised) (*pipeline, error) {
	k, objects := s.kernel, d.pipelines.kernels[s.kernel]
	ids := make([]uint32, len(k.Spec))
	for i, c := range k.Spec {
		ids[i] = c.ID
	}
	p := &pipeline{kernel: objects}
	attempt := func() platform.Result {
		return d.ledger.create("vkCreateComputePipelines", func() (r platform.Result) {
			if d.refuses != nil && d.refuses(k, s.spec) {
				return platform.Unknown
			}
			p.handle, r = d.vk.CreatePipeline(d.pipelines.cache, objects.module, objects.layout, ids, s.spec)
			return r
		})
	}
	r := attempt()
	if r != platform.Success && r != platform.DeviceLost { // memory may have been short at the moment
		r = attempt()
	}
	if r != platform.Success {
		return nil, d.refusedResult(s, r)
	}
	return p, nil
}

// checkKernel compares what a kernel needs with what the device has.
func (d *device) checkKernel(k *shaders.Kernel, spec []uint32) error {
	unsupported := func(format string, args ...any) error {
		return &gpu.Error{Op: "kernel " + k.Name, Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf(format, args...) + " on " + d.info.Name}
	}
	if len(spec) != len(k.Spec) {
		return unsupported("%d specialization constants, want %d", len(spec), len(k.Spec))
	}
	local, l := k.LocalSizeFor(spec), &d.limits
	if n := int(local[0]) * int(local[1]) * int(local[2]); n == 0 || n > l.MaxInvocations ||
		local[0] > l.MaxLocal[0] || local[1] > l.MaxLocal[1] || local[2] > l.MaxLocal[2] {
		return unsupported("a work group of %v invocations, the most is %d, %v in x, y, z,", local, l.MaxInvocations, l.MaxLocal)
	}
	if n := k.SharedBytesFor(spec); n > l.MaxSharedBytes {
		return unsupported("%d bytes of shared memory, the most is %d", n, l.MaxSharedBytes)
	}
	if k.PushBytes > l.MaxPushBytes {
		return unsupported("%d bytes of push constants, the most is %d", k.PushBytes, l.MaxPushBytes)
	}
	return nil
}

// kernelObjects returns a kernel's shader module and layouts, made on first use.
func (d *device) kernelObjects(k *shaders.Kernel) (*kernelObjects, error) {
	if o := d.pipelines.kernels[k]; o != nil {
		return o, nil
	}
	o := &kernelObjects{}
	err := d.makeModule(k, o)
	if err == nil {
		err = d.makeLayouts(k, o)
	}
	if err != nil {
		d.destroyKernel(o)
		return nil, fmt.Errorf("kernel %s: %w", k.Name, err)
	}
	d.pipelines.kernels[k] = o
	return o, nil
}

func (d *device) makeModule(k *shaders.Kernel, o *kernelObjects) error {
	code := k.SPIRV()
	if d.limits.Int64 {
		code = k.SPIRV64()
	}
	r := d.ledger.create("vkCreateShaderModule", func() (r platform.Result) {
		o.module, r = d.vk.CreateShaderModule(code)
		return r
	})
	return platform.Error("vkCreateShaderModule", r, "")
}

func (d *device) makeLayouts(k *shaders.Kernel, o *kernelObjects) error {
	r := d.ledger.create("vkCreateDescriptorSetLayout", func() (r platform.Result) {
		o.setLayout, r = d.vk.CreateSetLayout(len(k.Bindings))
		return r
	})
	if r != platform.Success {
		return platform.Error("vkCreateDescriptorSetLayout", r, "%d buffers", len(k.Bindings))
	}
	r = d.ledger.create("vkCreatePipelineLayout", func() (r platform.Result) {
		o.layout, r = d.vk.CreatePipelineLayout(o.setLayout, k.PushBytes)
		return r
	})
	return platform.Error("vkCreatePipelineLayout", r, "%d bytes of push constants", k.PushBytes)
}

// destroyKernel frees what there is of a kernel's objects.
func (d *device) destroyKernel(o *kernelObjects) {
	if o.layout != 0 {
		d.vk.Destroy(platform.PipelineLayout, o.layout)
		d.ledger.destroyed("vkCreatePipelineLayout")
	}
	if o.setLayout != 0 {
		d.vk.Destroy(platform.SetLayout, o.setLayout)
		d.ledger.destroyed("vkCreateDescriptorSetLayout")
	}
	if o.module != 0 {
		d.vk.Destroy(platform.ShaderModule, o.module)
		d.ledger.destroyed("vkCreateShaderModule")
	}
}

func (d *device) closePipelines() {
	for _, p := range d.pipelines.made {
		d.vk.Destroy(platform.Pipeline, p.handle)
		d.ledger.destroyed("vkCreateComputePipelines")
	}
	for _, o := range d.pipelines.kernels {
		d.destroyKernel(o)
	}
	d.pipelines.made, d.pipelines.kernels = nil, nil
	d.closeCache()
}
