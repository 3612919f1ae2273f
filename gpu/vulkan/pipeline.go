//go:build cgo

package vulkan

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// kernelObjects are a kernel's code and interface on the device; every specialisation shares them.
type kernelObjects struct {
	module    vk.ShaderModule
	setLayout vk.DescriptorSetLayout
	layout    vk.PipelineLayout
}

// pipeline is a kernel compiled for one set of specialization constants.
type pipeline struct {
	kernel *kernelObjects
	handle vk.Pipeline
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
	cache   vk.PipelineCache
}

func specKey(spec []uint32) string {
	if len(spec) == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(&spec[0])), 4*len(spec)))
}

// pipeline returns the kernel compiled for some specialization constants (in the order of k.Spec).
func (d *device) pipeline(k *shaders.Kernel, spec []uint32) (*pipeline, error) {
	key := pipelineKey{k, specKey(spec)}
	if p := d.pipelines.made[key]; p != nil {
		return p, nil
	}
	if err := d.checkKernel(k, spec); err != nil {
		return nil, err
	}
	objects, err := d.kernelObjects(k)
	if err != nil {
		return nil, err
	}
	ids, bits := make([]uint32, len(k.Spec)+1), make([]uint32, len(k.Spec)+1)
	for i, s := range k.Spec {
		ids[i], bits[i] = s.ID, spec[i]
	}
	var h C.VkNonDispatchable
	r := d.ledger.create("vkCreateComputePipelines", func() vk.Result {
		return vk.Result(C.sg_pipeline_create(d.c, raw(d.pipelines.cache), raw(objects.module), raw(objects.layout),
			C.uint32_t(len(k.Spec)), (*C.uint32_t)(&ids[0]), (*C.uint32_t)(&bits[0]), &h))
	})
	if r != vk.Success {
		return nil, resultError("vkCreateComputePipelines", r, "kernel %s with constants %v", k.Name, spec)
	}
	p := &pipeline{objects, cooked[vk.Pipeline](h)}
	d.pipelines.made[key] = p
	d.compiled++
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
	info := vk.ShaderModuleCreateInfo{SType: vk.StructureTypeShaderModuleCreateInfo, CodeSize: uint(4 * len(code)), PCode: code}
	defer info.Free()
	var module vk.ShaderModule
	r := d.ledger.create("vkCreateShaderModule", func() vk.Result { return vk.CreateShaderModule(d.handle, &info, nil, &module) })
	if r == vk.Success {
		o.module = module
	}
	return resultError("vkCreateShaderModule", r, "")
}

func (d *device) makeLayouts(k *shaders.Kernel, o *kernelObjects) error {
	var h C.VkNonDispatchable
	r := d.ledger.create("vkCreateDescriptorSetLayout", func() vk.Result {
		return vk.Result(C.sg_set_layout_create(d.c, C.uint32_t(len(k.Bindings)), &h))
	})
	if r != vk.Success {
		return resultError("vkCreateDescriptorSetLayout", r, "%d buffers", len(k.Bindings))
	}
	o.setLayout = cooked[vk.DescriptorSetLayout](h)
	r = d.ledger.create("vkCreatePipelineLayout", func() vk.Result {
		return vk.Result(C.sg_pipeline_layout_create(d.c, raw(o.setLayout), C.uint32_t(k.PushBytes), &h))
	})
	if r == vk.Success {
		o.layout = cooked[vk.PipelineLayout](h)
	}
	return resultError("vkCreatePipelineLayout", r, "%d bytes of push constants", k.PushBytes)
}

// destroyKernel frees what there is of a kernel's objects.
func (d *device) destroyKernel(o *kernelObjects) {
	if raw(o.layout) != 0 {
		vk.DestroyPipelineLayout(d.handle, o.layout, nil)
		d.ledger.destroyed("vkCreatePipelineLayout")
	}
	if raw(o.setLayout) != 0 {
		vk.DestroyDescriptorSetLayout(d.handle, o.setLayout, nil)
		d.ledger.destroyed("vkCreateDescriptorSetLayout")
	}
	if raw(o.module) != 0 {
		vk.DestroyShaderModule(d.handle, o.module, nil)
		d.ledger.destroyed("vkCreateShaderModule")
	}
}

func (d *device) closePipelines() {
	for _, p := range d.pipelines.made {
		vk.DestroyPipeline(d.handle, p.handle, nil)
		d.ledger.destroyed("vkCreateComputePipelines")
	}
	for _, o := range d.pipelines.kernels {
		d.destroyKernel(o)
	}
	d.pipelines.made, d.pipelines.kernels = nil, nil
	d.closeCache()
}
