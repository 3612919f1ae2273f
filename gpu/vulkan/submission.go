//go:build cgo

package vulkan

// #include "shim.h"
import "C"

import (
	"unsafe"

	vk "github.com/vulkan-go/vulkan"
)

// submission is a command buffer with what it takes to submit it and wait for it.
type submission struct {
	dev     *device
	c       *C.sg_program
	command vk.CommandBuffer
	fence   vk.Fence
	queries vk.QueryPool
}

// newSubmission makes an empty one, for a number of timestamps and of ranges of host memory to flush before and to invalidate
// after a run.
func (d *device) newSubmission(timestamps, flushes, invalidates int) (*submission, error) {
	s := &submission{dev: d}
	if s.c = C.sg_program_new(C.uint32_t(timestamps), C.uint32_t(flushes), C.uint32_t(invalidates)); s.c == nil {
		return nil, resultError("calloc", -1, "")
	}
	err := s.makeCommand()
	if err == nil {
		err = s.makeFence()
	}
	if err == nil && timestamps > 0 {
		err = s.makeQueries(timestamps)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *submission) makeCommand() error {
	info := vk.CommandBufferAllocateInfo{
		SType:              vk.StructureTypeCommandBufferAllocateInfo,
		CommandPool:        s.dev.commands,
		Level:              vk.CommandBufferLevelPrimary,
		CommandBufferCount: 1,
	}
	defer info.Free()
	var list [1]vk.CommandBuffer
	r := s.dev.ledger.create("vkAllocateCommandBuffers", func() vk.Result { return vk.AllocateCommandBuffers(s.dev.handle, &info, list[:]) })
	if r == vk.Success {
		s.command = list[0]
		s.c.commands = C.VkDispatchable(unsafe.Pointer(list[0]))
	}
	return resultError("vkAllocateCommandBuffers", r, "")
}

func (s *submission) makeFence() error {
	info := vk.FenceCreateInfo{SType: vk.StructureTypeFenceCreateInfo}
	defer info.Free()
	var fence vk.Fence
	r := s.dev.ledger.create("vkCreateFence", func() vk.Result { return vk.CreateFence(s.dev.handle, &info, nil, &fence) })
	if r == vk.Success {
		s.fence, s.c.fence = fence, raw(fence)
	}
	return resultError("vkCreateFence", r, "")
}

func (s *submission) makeQueries(n int) error {
	info := vk.QueryPoolCreateInfo{SType: vk.StructureTypeQueryPoolCreateInfo, QueryType: vk.QueryTypeTimestamp, QueryCount: uint32(n)}
	defer info.Free()
	var queries vk.QueryPool
	r := s.dev.ledger.create("vkCreateQueryPool", func() vk.Result { return vk.CreateQueryPool(s.dev.handle, &info, nil, &queries) })
	if r == vk.Success {
		s.queries, s.c.queries = queries, raw(queries)
	}
	return resultError("vkCreateQueryPool", r, "%d timestamps", n)
}

// hostRange sets the i-th range to flush, or to invalidate.
func (s *submission) hostRange(invalidate bool, i int, a allocation) {
	C.sg_program_range(s.c, boolInt(invalidate), C.uint32_t(i), raw(a.block.memory), C.uint64_t(a.off), C.uint64_t(a.atoms()))
}

// atoms returns the size rounded to what flush and invalidate take. nonCoherentAtomSize is a power of two of at most 256 in
// practice, and then the size of an allocation is a multiple of it; where it is larger, the rest of the block is taken.
func (a allocation) atoms() int64 {
	atom := a.block.pool.dev.phys.atom
	if a.size%atom == 0 && a.off%atom == 0 {
		return a.size
	}
	return a.block.size - a.off
}

// record fills the command buffer.
func (s *submission) record(l *commandList, once bool) error {
	var list *C.sg_command
	if len(l.list) > 0 {
		list = &l.list[0]
	}
	var push *C.uint8_t
	if len(l.push) > 0 {
		push = (*C.uint8_t)(unsafe.Pointer(&l.push[0]))
	}
	r := s.dev.ledger.try(func() vk.Result {
		return vk.Result(C.sg_record(s.dev.c, C.VkDispatchable(unsafe.Pointer(s.command)), boolInt(once), s.c.queries, C.uint32_t(len(l.list)), list, push))
	})
	return resultError("vkEndCommandBuffer", r, "%d commands", len(l.list))
}

// run submits and waits. The caller holds the device's lock. It does not allocate.
func (s *submission) run() error {
	if r := vk.Result(C.sg_run(s.dev.c, s.c)); r != vk.Success {
		return s.dev.failed(C.GoString(s.c.failed), r)
	}
	return nil
}

// close frees everything, also after a failure half-way through newSubmission.
func (s *submission) close() {
	d := s.dev
	if s.command != nil {
		vk.FreeCommandBuffers(d.handle, d.commands, 1, []vk.CommandBuffer{s.command})
		d.ledger.destroyed("vkAllocateCommandBuffers")
		s.command = nil
	}
	if raw(s.fence) != 0 {
		vk.DestroyFence(d.handle, s.fence, nil)
		d.ledger.destroyed("vkCreateFence")
		s.fence = vk.NullFence
	}
	if raw(s.queries) != 0 {
		vk.DestroyQueryPool(d.handle, s.queries, nil)
		d.ledger.destroyed("vkCreateQueryPool")
		s.queries = vk.NullQueryPool
	}
	C.sg_program_free(s.c)
	s.c = nil
}
