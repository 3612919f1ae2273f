//go:build cgo

package vulkan

// #include "shim.h"
import "C"

import (
	"fmt"
	"math/bits"
	"slices"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// VkMemoryPropertyFlagBits.
const (
	memoryDeviceLocal  = 1
	memoryHostVisible  = 2
	memoryHostCoherent = 4
	memoryHostCached   = 8
	memoryOrdinary     = 15 // no lazily allocated, protected or vendor-specific memory
)

const (
	smallestBlock = 4 << 20
	largestBlock  = 64 << 20
)

// memoryUse is what memory is for.
type memoryUse int

const (
	deviceMemory   memoryUse = iota // kernels work in it; the host too, where memory is unified
	uploadMemory                    // the host writes, the device copies from it
	downloadMemory                  // the device copies to it, the host reads
	memoryUses
)

// pool hands out memory of one memory type from blocks. Each block is one VkDeviceMemory with one VkBuffer over all of it:
// drivers allow few allocations (4,096), and a descriptor can name any range of a buffer.
type pool struct {
	dev       *device
	use       memoryUse
	typeIndex uint32
	flags     uint32
	heap      uint32
	blocks    []*block
	bytes     int64 // in blocks
}

// block is one allocation from the driver.
type block struct {
	pool   *pool
	memory vk.DeviceMemory
	buffer vk.Buffer
	size   int64
	mapped unsafe.Pointer // nil where the host cannot see it
	free   freeList
	used   int64
}

// allocation is a piece of a block, a multiple of memoryAlign bytes at a multiple of memoryAlign.
type allocation struct {
	block *block
	off   int64
	size  int64
}

// words returns the first n words of memory that the host can see.
func (a allocation) words(n int) []float32 {
	if a.block == nil || a.block.mapped == nil {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Add(a.block.mapped, a.off)), n)
}

// coherent tells whether host and device see each other's writes without flush and invalidate.
func (p *pool) coherent() bool { return p.flags&memoryHostCoherent != 0 && !p.dev.forceNonCoherent }

// newPools chooses the memory types.
func (d *device) newPools() error {
	typeBits, err := d.bufferTypeBits()
	if err != nil {
		return err
	}
	type wish struct{ required, preferred, avoided uint32 }
	wishes := [memoryUses]wish{
		deviceMemory:   {memoryDeviceLocal, 0, memoryHostVisible},
		uploadMemory:   {memoryHostVisible, memoryHostCoherent, memoryDeviceLocal | memoryHostCached},
		downloadMemory: {memoryHostVisible, memoryHostCached | memoryHostCoherent, memoryDeviceLocal},
	}
	if d.info.Unified {
		wishes[deviceMemory] = wish{memoryDeviceLocal | memoryHostVisible, memoryHostCoherent | memoryHostCached, 0}
	}
	for use, w := range wishes {
		t, ok := d.phys.chooseType(typeBits, w.required, w.preferred, w.avoided)
		if !ok {
			return &gpu.Error{Op: "open " + d.info.Name, Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("no memory type with flags %#x for storage buffers", w.required)}
		}
		mt := d.phys.types[t]
		d.pools[use] = &pool{dev: d, use: memoryUse(use), typeIndex: t, flags: mt.flags, heap: mt.heap}
	}
	return nil
}

// chooseType picks the type with the required flags that has most of the preferred and fewest of the avoided ones; among
// equals the one in the largest heap.
func (p *physical) chooseType(typeBits, required, preferred, avoided uint32) (uint32, bool) {
	best, bestScore, bestHeap, found := uint32(0), 0, int64(0), false
	for i, t := range p.types {
		if typeBits>>i&1 == 0 || t.flags&required != required || t.flags&^memoryOrdinary != 0 {
			continue
		}
		score := bits.OnesCount32(t.flags&preferred) - bits.OnesCount32(t.flags&avoided)
		if heap := p.heaps[t.heap]; !found || score > bestScore || score == bestScore && heap > bestHeap {
			best, bestScore, bestHeap, found = uint32(i), score, heap, true
		}
	}
	return best, found
}

// bufferTypeBits asks which memory types suit the blocks' buffers; it is the same for every size.
func (d *device) bufferTypeBits() (uint32, error) {
	b, req, err := d.newBuffer(memoryAlign)
	if err != nil {
		return 0, err
	}
	d.destroyBuffer(b)
	return req.MemoryTypeBits, nil
}

// newBuffer makes a buffer that has no memory yet.
func (d *device) newBuffer(size int64) (vk.Buffer, vk.MemoryRequirements, error) {
	info := vk.BufferCreateInfo{
		SType: vk.StructureTypeBufferCreateInfo,
		Size:  vk.DeviceSize(size),
		Usage: vk.BufferUsageFlags(vk.BufferUsageStorageBufferBit | vk.BufferUsageTransferSrcBit | vk.BufferUsageTransferDstBit),
	}
	defer info.Free()
	var b vk.Buffer
	var req vk.MemoryRequirements
	r := d.ledger.create("vkCreateBuffer", func() vk.Result { return vk.CreateBuffer(d.handle, &info, nil, &b) })
	if r != vk.Success {
		return b, req, resultError("vkCreateBuffer", r, "of %s", bytesText(size))
	}
	vk.GetBufferMemoryRequirements(d.handle, b, &req)
	req.Deref()
	req.Free()
	return b, req, nil
}

func (d *device) destroyBuffer(b vk.Buffer) {
	vk.DestroyBuffer(d.handle, b, nil)
	d.ledger.destroyed("vkCreateBuffer")
}

// allocate returns memory of at least size bytes; what it is for appears in the error.
func (d *device) allocate(use memoryUse, size int64, what string) (allocation, error) {
	p := d.pools[use]
	size = (size + memoryAlign - 1) / memoryAlign * memoryAlign
	for _, b := range p.blocks {
		if off, ok := b.free.take(size); ok {
			b.used += size
			return allocation{b, off, size}, nil
		}
	}
	if size > d.limits.MaxAlloc {
		return allocation{}, &gpu.Error{Op: "vkAllocateMemory", Kind: gpu.ErrOutOfMemory,
			Msg: fmt.Sprintf("%s for %s; this device allocates %s at most at a time", bytesText(size), what, bytesText(d.limits.MaxAlloc))}
	}
	b, err := p.grow(size)
	if err != nil {
		return allocation{}, p.outOfMemory(err, size, what)
	}
	off, _ := b.free.take(size)
	b.used = size
	return allocation{b, off, size}, nil
}

// grow adds a block that holds size bytes: one of its own for large requests, otherwise as large as all blocks so far.
func (p *pool) grow(size int64) (*block, error) {
	want := min(max(p.bytes, smallestBlock), largestBlock, p.dev.limits.MaxAlloc)
	if size > want/2 {
		want = size
	}
	b, err := p.newBlock(want)
	if err != nil && p.dev.dropEmptyBlocks() {
		b, err = p.newBlock(want)
	}
	if err != nil && want > size {
		b, err = p.newBlock(size)
	}
	return b, err
}

// newBlock allocates, binds and maps a block. If a step fails the earlier ones are undone.
func (p *pool) newBlock(size int64) (*block, error) {
	d := p.dev
	b := &block{pool: p, size: size, free: freeList{{0, size}}}
	var req vk.MemoryRequirements
	var err error
	if b.buffer, req, err = d.newBuffer(size); err != nil {
		return nil, err
	}
	info := vk.MemoryAllocateInfo{SType: vk.StructureTypeMemoryAllocateInfo, AllocationSize: req.Size, MemoryTypeIndex: p.typeIndex}
	defer info.Free()
	var memory vk.DeviceMemory
	r := d.ledger.create("vkAllocateMemory", func() vk.Result { return vk.AllocateMemory(d.handle, &info, nil, &memory) })
	if r != vk.Success {
		d.destroyBuffer(b.buffer)
		return nil, resultError("vkAllocateMemory", r, "")
	}
	b.memory = memory
	call := "vkBindBufferMemory"
	r = d.ledger.try(func() vk.Result { return vk.BindBufferMemory(d.handle, b.buffer, b.memory, 0) })
	if r == vk.Success && p.flags&memoryHostVisible != 0 && (p.use != deviceMemory || d.info.Unified) {
		call = "vkMapMemory"
		var mapped unsafe.Pointer
		r = d.ledger.try(func() vk.Result {
			return vk.MapMemory(d.handle, b.memory, 0, vk.DeviceSize(vk.WholeSize), 0, &mapped)
		})
		b.mapped = mapped
	}
	if r != vk.Success {
		b.destroy()
		return nil, resultError(call, r, "")
	}
	p.blocks = append(p.blocks, b)
	p.bytes += size
	return b, nil
}

// destroy frees a block that is in no pool's list.
func (b *block) destroy() {
	d := b.pool.dev
	d.destroyBuffer(b.buffer)
	vk.FreeMemory(d.handle, b.memory, nil) // unmaps
	d.ledger.destroyed("vkAllocateMemory")
}

// release gives an allocation back. The last empty block of a pool is kept for the next allocation.
func (a *allocation) release() {
	b := a.block
	if b == nil {
		return
	}
	b.free.give(extent{a.off, a.size})
	b.used -= a.size
	a.block = nil
	p := b.pool
	if b.used > 0 || !slices.ContainsFunc(p.blocks, func(o *block) bool { return o != b && o.used == 0 }) && b.size <= largestBlock {
		return
	}
	p.remove(b)
}

func (p *pool) remove(b *block) {
	p.blocks = slices.DeleteFunc(p.blocks, func(o *block) bool { return o == b })
	p.bytes -= b.size
	b.destroy()
}

// dropEmptyBlocks frees the blocks that hold nothing and tells whether there were any.
func (d *device) dropEmptyBlocks() bool {
	dropped := false
	for _, p := range d.pools {
		if p == nil {
			continue
		}
		for _, b := range slices.Clone(p.blocks) {
			if b.used == 0 {
				p.remove(b)
				dropped = true
			}
		}
	}
	return dropped
}

// outOfMemory adds the sizes to the error of a failed allocation.
func (p *pool) outOfMemory(err error, size int64, what string) error {
	d := p.dev
	heap := d.phys.heaps[p.heap]
	msg := fmt.Sprintf("%s for %s; heap %d has %s", bytesText(size), what, p.heap, bytesText(heap))
	var budget, usage [16]C.uint64_t
	if C.sg_memory_budget(d.inst.c, C.VkDispatchable(unsafe.Pointer(d.phys.handle)), d.phys.about, &budget[0], &usage[0]) != 0 {
		free := max(int64(budget[p.heap])-int64(usage[p.heap]), 0)
		msg = fmt.Sprintf("%s for %s; %s free of %s in heap %d", bytesText(size), what, bytesText(free), bytesText(heap), p.heap)
	}
	return &gpu.Error{Op: "allocate", Kind: gpu.ErrOutOfMemory, Msg: msg + ", of which this device's buffers take " + bytesText(p.bytes), Err: err}
}
