//go:build cgo

package vulkan

import (
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// Bits of memory types.
const (
	memoryDeviceLocal  = platform.DeviceLocal
	memoryHostVisible  = platform.HostVisible
	memoryHostCoherent = platform.HostCoherent
	memoryHostCached   = platform.HostCached
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
	next      *pool // in another heap, for when this one is full; nil for none
}

// block is one allocation from the driver.
type block struct {
	pool   *pool
	memory platform.Handle
	buffer platform.Handle
	begins uint64 // the address in kernels, 0 on a device that does not tell
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
	d.spilled = map[uint32]bool{}
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
		last := d.newPool(memoryUse(use), t)
		d.pools[use] = last
		heaps := []uint32{last.heap}
		for _, required := range []uint32{w.required, w.required &^ memoryDeviceLocal} { // rather slow memory than none
			for {
				t, ok := d.phys.chooseType(typeBits, required, w.preferred, w.avoided, heaps...)
				if !ok {
					break
				}
				last.next = d.newPool(memoryUse(use), t)
				last = last.next
				heaps = append(heaps, last.heap)
			}
		}
	}
	return nil
}

// newPool makes an empty pool of a memory type.
func (d *device) newPool(use memoryUse, typeIndex uint32) *pool {
	t := d.phys.Memory[typeIndex]
	return &pool{dev: d, use: use, typeIndex: typeIndex, flags: t.Flags, heap: t.Heap}
}

// allPools are those of every use, and of each the next ones behind it.
func (d *device) allPools() iter.Seq[*pool] {
	return func(yield func(*pool) bool) {
		for _, p := range d.pools {
			for ; p != nil; p = p.next {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// inHeap returns the bytes that this device's blocks take of a heap.
func (d *device) inHeap(heap uint32) (bytes int64) {
	for p := range d.allPools() {
		if p.heap == heap {
			bytes += p.bytes
		}
	}
	return bytes
}

// chooseType picks the type with the required flags that has most of the preferred and fewest of the avoided ones; among
// equals the one in the largest heap. It lies in none of the heaps that are named last.
func (p *physical) chooseType(typeBits, required, preferred, avoided uint32, not ...uint32) (uint32, bool) {
	best, bestScore, bestHeap, found := uint32(0), 0, int64(0), false
	for i, t := range p.Memory {
		if typeBits>>t.Index&1 == 0 || t.Flags&required != required || t.Flags&^memoryOrdinary != 0 || slices.Contains(not, t.Heap) {
			continue
		}
		score := bits.OnesCount32(t.Flags&preferred) - bits.OnesCount32(t.Flags&avoided)
		if heap := p.Heaps[t.Heap].Size; !found || score > bestScore || score == bestScore && heap > bestHeap {
			best, bestScore, bestHeap, found = uint32(i), score, heap, true
		}
	}
	return best, found
}

// bufferTypeBits asks which memory types suit the blocks' buffers; it is the same for every size.
func (d *device) bufferTypeBits() (uint32, error) {
	b, needs, err := d.newBuffer(memoryAlign)
	if err != nil {
		return 0, err
	}
	d.destroyBuffer(b)
	return needs.TypeBits, nil
}

// newBuffer makes a buffer that has no memory yet.
func (d *device) newBuffer(size int64) (b platform.Handle, needs platform.Needs, err error) {
	r := d.ledger.create("vkCreateBuffer", func() (r platform.Result) {
		b, needs, r = d.vk.CreateBuffer(size)
		return r
	})
	return b, needs, platform.Error("vkCreateBuffer", r, "of %s", bytesText(size))
}

func (d *device) destroyBuffer(b platform.Handle) {
	d.vk.Destroy(platform.Buffer, b)
	d.ledger.destroyed("vkCreateBuffer")
}

// allocate returns memory of at least size bytes; what it is for appears in the error. Where one heap is full the next one serves.
func (d *device) allocate(use memoryUse, size int64, what string) (allocation, error) {
	first := d.pools[use]
	size = (size + memoryAlign - 1) / memoryAlign * memoryAlign
	a, err := first.allocate(size, what)
	for p := first.next; err != nil && p != nil && errors.Is(err, gpu.ErrOutOfMemory); p = p.next {
		var again error
		if a, again = p.allocate(size, what); again != nil {
			continue // the first heap's error says most
		}
		if !d.spilled[p.heap] {
			d.spilled[p.heap] = true
			d.warn(fmt.Sprintf("heap %d is full: %s for %s, and what follows, lie in heap %d, where kernels may be slower", first.heap, bytesText(size), what, p.heap))
		}
		return a, nil
	}
	return a, err
}

func (p *pool) allocate(size int64, what string) (allocation, error) {
	d := p.dev
	for _, b := range p.blocks {
		if off, ok := b.free.take(size); ok {
			b.used += size
			return allocation{b, off, size}, nil
		}
	}
	if heap := d.phys.Heaps[p.heap].Size; size > heap { // drivers have crashed over such requests
		return allocation{}, p.outOfMemory(nil, size, what)
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
	var needs platform.Needs
	var err error
	if b.buffer, needs, err = d.newBuffer(size); err != nil {
		return nil, err
	}
	r := d.ledger.create("vkAllocateMemory", func() (r platform.Result) {
		if d.phys.Simulated && d.inHeap(p.heap)+size > d.phys.Heaps[p.heap].Size {
			return platform.OutOfDeviceMemory
		}
		b.memory, r = d.vk.AllocateMemory(needs.Size, d.phys.Memory[p.typeIndex].Index)
		return r
	})
	if r != platform.Success {
		d.destroyBuffer(b.buffer)
		return nil, platform.Error("vkAllocateMemory", r, "")
	}
	call := "vkBindBufferMemory"
	r = d.ledger.try(func() platform.Result { return d.vk.BindBuffer(b.buffer, b.memory) })
	if r == platform.Success && p.flags&memoryHostVisible != 0 && (p.use != deviceMemory || d.info.Unified) {
		call = "vkMapMemory"
		r = d.ledger.try(func() (r platform.Result) {
			b.mapped, r = d.vk.Map(b.memory)
			return r
		})
	}
	if r != platform.Success {
		b.destroy()
		return nil, platform.Error(call, r, "")
	}
	b.begins = d.vk.Address(b.buffer)
	p.blocks = append(p.blocks, b)
	p.bytes += size
	return b, nil
}

// destroy frees a block that is in no pool's list.
func (b *block) destroy() {
	d := b.pool.dev
	d.destroyBuffer(b.buffer)
	d.vk.Destroy(platform.Memory, b.memory) // unmaps
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
	for p := range d.allPools() {
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
	heap := d.phys.Heaps[p.heap].Size
	msg := fmt.Sprintf("%s for %s; heap %d has %s", bytesText(size), what, p.heap, bytesText(heap))
	if budget, usage, ok := d.phys.Budget(); ok {
		free := max(int64(budget[p.heap])-int64(usage[p.heap]), 0)
		msg = fmt.Sprintf("%s for %s; %s free of %s in heap %d", bytesText(size), what, bytesText(free), bytesText(heap), p.heap)
	}
	return &gpu.Error{Op: "allocate", Kind: gpu.ErrOutOfMemory, Msg: msg + ", of which this device's buffers take " + bytesText(p.bytes), Err: err}
}
