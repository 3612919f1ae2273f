//go:build cgo

package platform

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Handle names an object of a device; 0 is none.
type Handle uint64

// CommandBuffer is a command buffer of a device; the zero value is none.
type CommandBuffer struct{ c C.VkDispatchable }

// IsZero tells whether there is no command buffer.
func (b CommandBuffer) IsZero() bool { return b.c == nil }

// Kind is a kind of objects.
type Kind int

// The kinds of objects that Destroy takes.
const (
	CommandPool    Kind = C.SG_COMMAND_POOL
	Fence          Kind = C.SG_FENCE
	QueryPool      Kind = C.SG_QUERIES
	Buffer         Kind = C.SG_BUFFER
	Memory         Kind = C.SG_MEMORY
	ShaderModule   Kind = C.SG_MODULE
	PipelineCache  Kind = C.SG_CACHE
	SetLayout      Kind = C.SG_SET_LAYOUT
	PipelineLayout Kind = C.SG_PIPELINE_LAYOUT
	Pipeline       Kind = C.SG_PIPELINE
	DescriptorPool Kind = C.SG_DESCRIPTOR_POOL
)

// Device is an opened device with one queue.
type Device struct{ c *C.sg_device }

// CreateDevice opens a device with one queue of a family; presenting, with swapchains.
func CreateDevice(p *Physical, family uint32, presenting bool) (*Device, Result) {
	c := (*C.sg_device)(C.calloc(1, C.sizeof_sg_device))
	if c == nil {
		return nil, OutOfHostMemory
	}
	if r := Result(C.sg_device_create(p.inst.c, p.handle, p.about, C.uint32_t(family), boolInt(presenting), c)); r != Success {
		C.sg_device_free(c)
		return nil, r
	}
	return &Device{c}, Success
}

// Close destroys the device, of which every object must have been destroyed, and returns the last messages.
func (d *Device) Close() []gpu.Message {
	C.sg_device_destroy(d.c)
	last := takeMessages(d.c.messages)
	C.sg_device_free(d.c)
	d.c = nil
	return last
}

// TakeMessages moves out what the validation layer has said during calls on this device since the last time.
func (d *Device) TakeMessages() []gpu.Message { return takeMessages(d.c.messages) }

// WaitIdle waits until nothing runs.
func (d *Device) WaitIdle() Result { return Result(C.sg_wait_idle(d.c)) }

// Destroy destroys an object.
func (d *Device) Destroy(kind Kind, h Handle) { C.sg_destroy(d.c, C.int(kind), C.VkNonDispatchable(h)) }

// made is what a call that makes an object returns.
func made(h C.VkNonDispatchable, r C.VkResult) (Handle, Result) {
	if Result(r) != Success {
		return 0, Result(r)
	}
	return Handle(h), Success
}

// CreateCommandPool makes a pool of command buffers that can be recorded anew, for the queue's family.
func (d *Device) CreateCommandPool(family uint32) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_command_pool_create(d.c, C.uint32_t(family), &h)
	return made(h, r)
}

// AllocateCommandBuffer makes a command buffer.
func (d *Device) AllocateCommandBuffer(pool Handle) (CommandBuffer, Result) {
	var b C.VkDispatchable
	r := Result(C.sg_command_buffer_allocate(d.c, C.VkNonDispatchable(pool), &b))
	return CommandBuffer{b}, r
}

// FreeCommandBuffer frees a command buffer.
func (d *Device) FreeCommandBuffer(pool Handle, b CommandBuffer) {
	C.sg_command_buffer_free(d.c, C.VkNonDispatchable(pool), b.c)
}

// CreateFence makes a fence.
func (d *Device) CreateFence() (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_fence_create(d.c, &h)
	return made(h, r)
}

// CreateQueryPool makes a pool of timestamps.
func (d *Device) CreateQueryPool(timestamps int) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_queries_create(d.c, C.uint32_t(timestamps), &h)
	return made(h, r)
}

// Needs is the memory that a buffer wants.
type Needs struct {
	Size     int64
	TypeBits uint32 // bit i: the memory type of the driver's number i suits it
}

// CreateBuffer makes a buffer that kernels and copies use.
func (d *Device) CreateBuffer(size int64) (Handle, Needs, Result) {
	var h C.VkNonDispatchable
	var n C.VkMemoryRequirements
	r := C.sg_buffer_create(d.c, C.uint64_t(size), &h, &n)
	b, result := made(h, r)
	return b, Needs{int64(n.size), uint32(n.typeBits)}, result
}

// AllocateMemory allocates memory of a type.
func (d *Device) AllocateMemory(size int64, typeIndex uint32) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_memory_allocate(d.c, C.uint64_t(size), C.uint32_t(typeIndex), &h)
	return made(h, r)
}

// BindBuffer puts a buffer at the start of memory.
func (d *Device) BindBuffer(buffer, memory Handle) Result {
	return Result(C.sg_buffer_bind(d.c, C.VkNonDispatchable(buffer), C.VkNonDispatchable(memory)))
}

// Address returns where a buffer with memory begins, for kernels; 0 where the device does not tell (Physical.Addresses).
func (d *Device) Address(buffer Handle) uint64 {
	return uint64(C.sg_buffer_address(d.c, C.VkNonDispatchable(buffer)))
}

// Map shows all of memory to the host, until it is destroyed.
func (d *Device) Map(memory Handle) (unsafe.Pointer, Result) {
	var p unsafe.Pointer
	r := Result(C.sg_memory_map(d.c, C.VkNonDispatchable(memory), &p))
	return p, r
}

// Flush makes what the host wrote to memory visible to the device; with invalidate, what the device wrote to the host.
func (d *Device) Flush(invalidate bool, memory Handle, off, size int64) Result {
	return Result(C.sg_flush(d.c, boolInt(invalidate), C.VkNonDispatchable(memory), C.uint64_t(off), C.uint64_t(size)))
}

// CreateShaderModule makes a module of SPIR-V.
func (d *Device) CreateShaderModule(code []uint32) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_module_create(d.c, (*C.uint32_t)(unsafe.SliceData(code)), C.size_t(len(code)), &h)
	return made(h, r)
}

// CreatePipelineCache makes a pipeline cache with a driver's data, which may be none.
func (d *Device) CreatePipelineCache(data []byte) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_cache_create(d.c, unsafe.Pointer(unsafe.SliceData(data)), C.size_t(len(data)), &h)
	return made(h, r)
}

// PipelineCacheData returns the driver's data of a cache, at least as many of its bytes as the driver announced up to least.
func (d *Device) PipelineCacheData(cache Handle, least int) ([]byte, Result) {
	var whole C.size_t
	if r := Result(C.sg_cache_data(d.c, C.VkNonDispatchable(cache), &whole, nil)); r != Success {
		return nil, r
	}
	size := whole
	data := make([]byte, max(size, 1))
	if r := Result(C.sg_cache_data(d.c, C.VkNonDispatchable(cache), &size, unsafe.Pointer(&data[0]))); r != Success {
		return nil, r
	}
	return data[:max(size, min(whole, C.size_t(least)))], Success
}

// CreateSetLayout makes the layout of a set of storage buffers.
func (d *Device) CreateSetLayout(buffers int) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_set_layout_create(d.c, C.uint32_t(buffers), &h)
	return made(h, r)
}

// CreatePipelineLayout makes the layout of a kernel with one set and push constants.
func (d *Device) CreatePipelineLayout(set Handle, pushBytes int) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_pipeline_layout_create(d.c, C.VkNonDispatchable(set), C.uint32_t(pushBytes), &h)
	return made(h, r)
}

// CreatePipeline compiles a kernel with specialization constants: their ids and the bits of their values.
func (d *Device) CreatePipeline(cache, module, layout Handle, ids, bits []uint32) (Handle, Result) {
	var h C.VkNonDispatchable
	r := C.sg_pipeline_create(d.c, C.VkNonDispatchable(cache), C.VkNonDispatchable(module), C.VkNonDispatchable(layout),
		C.uint32_t(len(ids)), (*C.uint32_t)(unsafe.SliceData(ids)), (*C.uint32_t)(unsafe.SliceData(bits)), &h)
	return made(h, r)
}

// CreateSets makes a descriptor pool and a set of each layout, of so many descriptors in all. The pool may be there although the sets
// could not be made.
func (d *Device) CreateSets(descriptors int, layouts []Handle) (pool Handle, sets []Handle, r Result) {
	sets = make([]Handle, len(layouts))
	var p C.VkNonDispatchable
	r = Result(C.sg_descriptor_sets(d.c, C.uint32_t(descriptors), C.uint32_t(len(sets)), (*C.VkNonDispatchable)(unsafe.SliceData(layouts)),
		&p, (*C.VkNonDispatchable)(unsafe.SliceData(sets))))
	return Handle(p), sets, r
}

// Descriptor says where in which buffer a binding of a set lies.
type Descriptor struct {
	Set, Buffer  Handle
	Offset, Size int64
	Binding      int
}

// WriteDescriptors fills sets.
func (d *Device) WriteDescriptors(list []Descriptor) {
	if len(list) == 0 {
		return
	}
	c := make([]C.sg_descriptor, len(list))
	for i, e := range list {
		c[i] = C.sg_descriptor{set: C.VkNonDispatchable(e.Set), buffer: C.VkNonDispatchable(e.Buffer),
			offset: C.uint64_t(e.Offset), _range: C.uint64_t(e.Size), binding: C.uint32_t(e.Binding)}
	}
	C.sg_descriptors_write(d.c, C.uint32_t(len(c)), &c[0])
}
