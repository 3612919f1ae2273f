//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

const (
	// memoryAlign is the alignment in bytes of every buffer and piece of scratch memory. Vulkan allows no device to demand more
	// for a descriptor's offset, so a region aligned down never leaves its buffer.
	memoryAlign = 256
	// regionEnd is the multiple of bytes that regions end at, so that a kernel can read whole vec4 up to the last element.
	regionEnd = 16
)

// recorder turns operations into a list of dispatches with barriers. Functions registered with implement use it; what goes
// wrong in bind, scratch and dispatch is kept and returned by lower.
type recorder struct {
	dev    *device
	limits limits

	hazards    gpu.Hazards
	dispatches []recorded
	opEnds     []int // for each top-level operation the number of dispatches up to its end
	plan       []string
	notes      []string // of the current top-level operation
	arena      *scratchArena
	// scratchUsed counts the bytes of scratch memory of the current top-level operation.
	scratchUsed int
	dummies     int
	repeated    gpu.Repeat // whose items are recorded side by side; the zero value where there is none
	err         error

	tuned  tunings   // what was measured on this device
	tile   string    // the tile to use where it can be, "" for what is tuned or estimated best; to measure it
	chosen tileKey   // of the operation that is being recorded
	shapes *shapeSet // gathers what can be tuned, where not nil
}

// recorded is a dispatch with the barrier before it.
type recorded struct {
	shaders.Dispatch
	barrier bool
	tile    tileKey // that it was planned with, zero for none
	seconds float64 // estimated, 0 on a software driver
}

// limits are what a device can do, as far as the choice of kernels depends on it.
type limits struct {
	MaxGroups      [3]uint32 // work groups of a dispatch in x, y, z
	MaxLocal       [3]uint32 // invocations of a work group in x, y, z
	MaxInvocations int       // invocations of a work group
	MaxSharedBytes int       // shared memory of a work group
	MaxPushBytes   int       // push constants
	MaxBindings    int       // storage buffers of a kernel
	Subgroup       int       // lanes, 0 unknown
	Units          int       // multiprocessors or compute units, 0 unknown
	Exchange       bool      // the lanes of a subgroup can hand one another values: VK_SUBGROUP_FEATURE_SHUFFLE_BIT in kernels
	OffsetAlign    int       // bytes a region has to start at a multiple of
	MaxRange       int64     // bytes a region can span
	MaxAlloc       int64     // bytes of one allocation
	MaxLoop        int       // iterations of all loops of an invocation together
	Rate           float64   // flop/s of products, 0 where it was not measured
	Software       bool      // the device runs on the processor
	SlowLoads      bool      // and a load costs as much as dozens of multiplications
	OneBody        bool      // and loops are to have no two large bodies
	Int64          bool      // and kernels are to move quads as words of 64 bits, and may read by address

	// The tiles that products and recurrences may be carried out with, nil for all that suit the kind of device.
	GemmTiles    []shaders.GemmTile
	RNNTiles     []shaders.RNNTile
	RNNStreamed  int // the size of the state from which recurrences may be one product a step, 0 for rnnStreamed
	LowRankTiles []shaders.LowRankTile
	GatedTiles   []shaders.GatedTile
	ReflectTiles []shaders.ReflectBlocksTile
}

// scratchArena is the scratch memory of one program. Its place is known when recording ends.
type scratchArena struct {
	size int // bytes, the most that any operation needs
	at   allocation
}

// bindable is memory that a kernel's buffer can lie in: region returns its identity and the byte that it starts at there.
type bindable interface {
	region() (memory any, base int)
}

// scratchMemory is a piece of a scratchArena. It is only ever bound.
type scratchMemory struct {
	arena *scratchArena
	base  int
}

func (m *scratchMemory) region() (any, int)         { return m.arena, m.base }
func (m *scratchMemory) Host() []float32            { return nil }
func (m *scratchMemory) Write(int, []float32) error { return errScratch }
func (m *scratchMemory) Read(int, []float32) error  { return errScratch }
func (m *scratchMemory) Free()                      {}

var errScratch = &gpu.Error{Op: "scratch", Kind: gpu.ErrUnsupported, Msg: "scratch memory exists only while a program runs"}

// bind returns the region that covers v, aligned down as descriptors must be, and the number of elements from its start to the
// first of v, which goes into the kernel's push constant off_NAME. An absent or empty view gives a small valid region.
func (r *recorder) bind(v gpu.View) (shaders.Region, uint32) { return r.bindExtra(v, 0) }

// bindExtra is bind with the region extended by extraWords, for batches whose later items lie at multiples of a stride: before v where
// extraWords is negative. In a repetition it covers all items.
func (r *recorder) bindExtra(v gpu.View, extraWords int) (shaders.Region, uint32) {
	if v.IsZero() || v.Extent() == 0 {
		return r.dummy(), 0
	}
	m, ok := v.Buf.Memory().(bindable)
	if !ok {
		r.fail(&gpu.Error{Op: "bind", Kind: gpu.ErrShape, Msg: fmt.Sprintf("%v is not in this executor's memory", v)})
		return r.dummy(), 0
	}
	first, end := v.Off+min(extraWords, 0), v.Off+v.Extent()+max(extraWords, 0)+(r.items()-1)*r.stepOf(v)
	if first < 0 || end > v.Buf.Len() {
		r.fail(&gpu.Error{Op: "bind", Kind: gpu.ErrShape, Msg: fmt.Sprintf("%v and %d words more end at word %d of a buffer of %d", v, extraWords, end, v.Buf.Len())})
		return r.dummy(), 0
	}
	memory, base := m.region()
	lo := base + 4*first
	skip := lo % r.limits.OffsetAlign
	size := (base + 4*end - (lo - skip) + regionEnd - 1) / regionEnd * regionEnd
	if int64(size) > r.limits.MaxRange {
		r.fail(&gpu.Error{Op: "bind", Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("%v spans %s; this device's kernels can see %s at a time (maxStorageBufferRange): use a smaller batch or shorter sequences",
			v, bytesText(int64(size)), bytesText(r.limits.MaxRange))})
		return r.dummy(), 0
	}
	return shaders.Region{Memory: memory, Offset: lo - skip, Size: size}, uint32(skip/4 + v.Off - first)
}

// dummy returns a region that is valid and holds nothing.
func (r *recorder) dummy() shaders.Region {
	return shaders.Region{Memory: r.dev.dummy.block, Offset: int(r.dev.dummy.off), Size: memoryAlign}
}

// scratch returns a row of words of device memory that lives until the end of the current top-level operation. What it
// holds at first is undefined.
func (r *recorder) scratch(words int) gpu.View {
	m := &scratchMemory{arena: r.arena, base: r.scratchUsed}
	r.scratchUsed += (4*words + memoryAlign - 1) / memoryAlign * memoryAlign
	r.arena.size = max(r.arena.size, r.scratchUsed)
	return gpu.WrapMemory("scratch", words, m).View(0, 1, words)
}

// dispatch appends a launch of a kernel, with a barrier before it where what it reads or writes was touched since the last
// one. A dispatch of no work groups is left out.
func (r *recorder) dispatch(d shaders.Dispatch) {
	if r.err != nil || d.Groups[0] == 0 || d.Groups[1] == 0 || d.Groups[2] == 0 {
		return
	}
	if err := r.checkDispatch(&d); err != nil {
		r.fail(err)
		return
	}
	acc := make([]gpu.Range, 0, 2*len(d.Bindings))
	for i := range d.Bindings {
		b := &d.Bindings[i]
		if b.Region.Memory == any(r.dev.dummy.block) && b.Region.Offset == int(r.dev.dummy.off) && b.Access&shaders.Write != 0 {
			b.Region = r.writableDummy()
		}
		lo, hi := b.Region.Offset, b.Region.Offset+b.Region.Size
		if b.Access&shaders.Read != 0 {
			acc = append(acc, gpu.Range{Key: b.Region.Memory, Lo: lo, Hi: hi})
		}
		if b.Access&shaders.Write != 0 {
			acc = append(acc, gpu.Range{Key: b.Region.Memory, Lo: lo, Hi: hi, Write: true})
		}
	}
	r.dispatches = append(r.dispatches, recorded{Dispatch: d, barrier: r.hazards.Next(acc), tile: r.chosen})
}

// writableDummy takes turns over a few dummy regions, so that absent outputs do not make dispatches wait for each other.
func (r *recorder) writableDummy() shaders.Region {
	d := r.dummy()
	r.dummies = r.dummies%(dummyRegions-1) + 1
	d.Offset += memoryAlign * r.dummies
	return d
}

// checkDispatch verifies what the device would otherwise silently get wrong.
func (r *recorder) checkDispatch(d *shaders.Dispatch) error {
	unsupported := func(format string, args ...any) error {
		return &gpu.Error{Op: "kernel " + d.Kernel.Name, Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf(format, args...)}
	}
	for i, g := range d.Groups {
		if g > r.limits.MaxGroups[i] {
			return unsupported("%d×%d×%d work groups, this device takes %v", d.Groups[0], d.Groups[1], d.Groups[2], r.limits.MaxGroups)
		}
	}
	if len(d.Bindings) > r.limits.MaxBindings {
		return unsupported("%d buffers, this device takes %d", len(d.Bindings), r.limits.MaxBindings)
	}
	if err := d.Align(r.limits.OffsetAlign); err != nil {
		return unsupported("%v", err)
	}
	for i, b := range d.Bindings {
		if b.Region.Memory == nil || b.Region.Size <= 0 {
			return unsupported("buffer %s is not bound", d.Kernel.Bindings[i].Name)
		}
	}
	return nil
}

// note adds to the plan of the current top-level operation (Program.Plan).
func (r *recorder) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// fail keeps the first error.
func (r *recorder) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
