//go:build cgo

package vulkan

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// Compile implements gpu.Executor.
func (d *device) Compile(ops []gpu.Op, opts gpu.CompileOptions) (gpu.Executable, error) {
	d.findRate(ops)
	d.tuneFirst(ops)
	p, err := d.compile(ops, opts, "")
	if err != nil {
		return nil, err
	}
	return p, nil
}

// compile is Compile with what is tuned already, or with one tile for all that can have it.
func (d *device) compile(ops []gpu.Op, opts gpu.CompileOptions, tile string) (*program, error) {
	p := &program{dev: d, name: opts.Name, arena: &scratchArena{}}
	err := d.locked(func() error {
		if err := d.usable("compile " + opts.Name); err != nil {
			return err
		}
		if err := p.compile(ops, opts, tile); err != nil {
			p.release()
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (p *program) compile(ops []gpu.Op, opts gpu.CompileOptions, tile string) error {
	d := p.dev
	r, pipes, err := p.planned(ops, tile)
	if err != nil {
		return err
	}
	p.plan = r.plan
	if opts.Timestamps && d.phys.tickBits > 0 {
		p.ops = len(ops)
	}
	if p.arena.size > 0 {
		if p.arena.at, err = d.allocate(deviceMemory, int64(p.arena.size), "scratch memory of "+p.name); err != nil {
			return err
		}
	}
	sets, err := p.descriptorSets(r.dispatches, pipes)
	if err != nil {
		return err
	}
	shared := sharedMemory(ops)
	lists := p.commands(r, pipes, sets, shared)
	p.stats = gpu.Stats{Submits: len(lists)}
	for _, l := range lists {
		p.stats.Dispatches, p.stats.Copies, p.stats.Barriers = p.stats.Dispatches+l.Dispatches, p.stats.Copies+l.Copies, p.stats.Barriers+l.Barriers
	}
	return p.submissions(lists, shared)
}

// planned records the operations and makes their pipelines, anew with other tiles where the driver refuses some or takes long for them. Each round drops
// a tile, so that there is an end.
func (p *program) planned(ops []gpu.Op, tile string) (*recorder, []*pipeline, error) {
	d, fresh := p.dev, avoided{}
	for {
		*p.arena = scratchArena{}
		r := &recorder{dev: d, limits: d.limits, arena: p.arena, hazards: gpu.Hazards{Full: d.syncFull}, tuned: d.tuner.table, tile: tile}
		for i, op := range ops {
			if err := r.record(op); err != nil {
				if tile != "" { // which was dropped while it was measured
					d.keepAvoided(fresh)
				}
				return nil, nil, fmt.Errorf("operation %d: %w", i, err)
			}
		}
		if d.dropSlow(r.dispatches, fresh) {
			continue
		}
		pipes, err := p.pipelines(r.dispatches)
		switch {
		case err == nil && !d.dropSlow(r.dispatches, fresh):
			d.keepAvoided(fresh)
			return r, pipes, nil
		case err != nil && !d.dropRefused(err, r.dispatches, fresh):
			return nil, nil, err
		}
	}
}

// pipelines returns the pipeline of each dispatch.
func (p *program) pipelines(list []recorded) ([]*pipeline, error) {
	kernels := make([]specialised, len(list))
	for i, d := range list {
		kernels[i] = specialised{d.Kernel, d.Spec}
	}
	return p.dev.pipelinesOf(kernels)
}

// place finds the block of a region and where it begins there, now that the scratch memory has its place.
func (p *program) place(r shaders.Region) (*block, int64) {
	if r.Memory == any(p.arena) {
		return p.arena.at.block, p.arena.at.off + int64(r.Offset)
	}
	return r.Memory.(*block), int64(r.Offset)
}

// resolve finds the buffer of a region.
func (p *program) resolve(r shaders.Region) platform.Descriptor {
	b, off := p.place(r)
	return platform.Descriptor{Buffer: b.buffer, Offset: off, Size: int64(r.Size)}
}

// fillAddresses writes the addresses of regions into the push constants that take them.
func (p *program) fillAddresses(d *shaders.Dispatch) {
	for i, info := range d.Kernel.Bindings {
		if info.AddressAt > 0 {
			b, off := p.place(d.Bindings[i].Region)
			address := b.begins + uint64(off)
			binary.NativeEndian.PutUint32(d.Push[info.AddressAt:], uint32(address))
			binary.NativeEndian.PutUint32(d.Push[info.AddressAt+4:], uint32(address>>32))
		}
	}
}

// descriptorSets makes a set for each dispatch; dispatches of a kernel with the same regions share one.
func (p *program) descriptorSets(list []recorded, pipes []*pipeline) ([]platform.Handle, error) {
	if len(list) == 0 {
		return nil, nil
	}
	index := make([]int, len(list)) // the set of each dispatch
	seen := map[string]int{}
	var layouts []platform.Handle
	var descriptors []platform.Descriptor
	var owner []int // the set of each descriptor
	var key []byte
	for i, d := range list {
		layout := pipes[i].kernel.setLayout
		key = binary.NativeEndian.AppendUint64(key[:0], uint64(layout))
		first := len(descriptors)
		for b, binding := range d.Bindings {
			c := p.resolve(binding.Region)
			c.Binding = b
			descriptors = append(descriptors, c)
			for _, v := range []uint64{uint64(c.Buffer), uint64(c.Offset), uint64(c.Size)} {
				key = binary.NativeEndian.AppendUint64(key, v)
			}
		}
		n, ok := seen[string(key)]
		if ok {
			descriptors = descriptors[:first]
		} else {
			n = len(layouts)
			seen[string(key)] = n
			layouts = append(layouts, layout)
			for range d.Bindings {
				owner = append(owner, n)
			}
		}
		index[i] = n
	}
	made, err := p.allocateSets(layouts, max(len(descriptors), 1))
	if err != nil {
		return nil, err
	}
	for i := range descriptors {
		descriptors[i].Set = made[owner[i]]
	}
	p.dev.vk.WriteDescriptors(descriptors)
	sets := make([]platform.Handle, len(list))
	for i, n := range index {
		sets[i] = made[n]
	}
	return sets, nil
}

// allocateSets makes the program's descriptor pool and its sets.
func (p *program) allocateSets(layouts []platform.Handle, descriptors int) ([]platform.Handle, error) {
	var pool platform.Handle
	var sets []platform.Handle
	r := p.dev.ledger.try(func() (r platform.Result) {
		pool, sets, r = p.dev.vk.CreateSets(descriptors, layouts)
		return r
	})
	if pool != 0 { // also when only the sets could not be allocated
		p.dev.ledger.made("vkCreateDescriptorPool", 1)
		p.pool = pool
	}
	return sets, platform.Error("vkAllocateDescriptorSets", r, "%d sets of %d buffers", len(layouts), descriptors)
}

// sharedRange is a range of words of a buffer with a host slice.
type sharedRange struct {
	mem    *memory
	lo, hi int
	in     bool // the host's words go to the device before
	out    bool // the device's words go to the host after
}

// sharedMemory lists what operations access of buffers that the host sees, each buffer with one range per direction. A program
// that writes a HostToDevice buffer gives its words back too, so that the host's slice is the same on every kind of device.
func sharedMemory(ops []gpu.Op) []sharedRange {
	var list []sharedRange
	at := map[*memory]int{}
	for _, op := range ops {
		for _, a := range op.Access() {
			m, ok := a.Buf.Memory().(*memory)
			if !ok || m.usage == gpu.DeviceOnly || a.Hi <= a.Lo {
				continue
			}
			i, ok := at[m]
			if !ok {
				i = len(list)
				at[m] = i
				list = append(list, sharedRange{mem: m, lo: a.Lo, hi: a.Hi})
			}
			s := &list[i]
			s.lo, s.hi = min(s.lo, a.Lo), max(s.hi, a.Hi)
			s.in = s.in || m.usage == gpu.HostToDevice
			s.out = s.out || a.Write
		}
	}
	return list
}

// submissions makes a command buffer of each list, with the host memory to flush before the first and to invalidate after the last of a run, and
// for each the canary word.
func (p *program) submissions(lists []*commandList, shared []sharedRange) error {
	d := p.dev
	canary := d.canary.block
	var flush, invalidate []allocation
	for _, s := range shared {
		host := s.mem.hostSide()
		if host.block.pool.coherent() {
			continue
		}
		if s.in {
			flush = append(flush, host)
		}
		if s.out {
			invalidate = append(invalidate, host)
		}
	}
	timestamps := 0
	if p.ops > 0 {
		timestamps = p.ops + 1
	}
	p.subs = make([]*submission, len(lists))
	for i := len(lists) - 1; i >= 0; i-- { // the last one has the timestamps
		var in, out []allocation
		queries := 0
		if i == 0 {
			in = flush
		}
		if i == len(lists)-1 {
			out, queries = invalidate, timestamps
		}
		if !canary.pool.coherent() {
			in, out = append(slices.Clone(in), d.canary), append(slices.Clone(out), d.canary)
		}
		s, err := d.newSubmission(queries, len(in), len(out))
		if err != nil {
			return err
		}
		p.subs[i] = s
		for j, a := range in {
			s.hostRange(false, j, a)
		}
		for j, a := range out {
			s.hostRange(true, j, a)
		}
		if queries == 0 && timestamps > 0 {
			s.takeTimesInto(p.subs[len(lists)-1])
		}
		s.native.SetCanary(unsafe.Pointer(&d.canary.words(1)[0]), uint32(i+1))
		if !d.dropCanary {
			lists[i].end(d.canary, uint32(i+1))
		}
		if err := s.record(lists[i], false); err != nil {
			return err
		}
	}
	return nil
}

// commands lists the program's commands, a list for each submission: the host's words to the device, the dispatches with their barriers, the
// results back.
func (p *program) commands(r *recorder, pipes []*pipeline, sets []platform.Handle, shared []sharedRange) []*commandList {
	l := &commandList{}
	lists := []*commandList{l}
	if p.ops > 0 {
		l.ResetQueries(p.ops + 1)
	}
	p.copyIn(l, shared)
	timing := p.ops > 0
	if timing {
		l.Timestamp(0)
	}
	next, pack := 0, packing{}
	for op, end := range r.opEnds {
		fence := timing && next > 0 // so that operations do not overlap in time
		for ; next < end; next++ {
			d := &r.dispatches[next]
			if pack.begins(d.seconds) {
				l = &commandList{}
				lists = append(lists, l)
				l.Barrier(platform.KernelsWrite.And(platform.TransfersWrite), platform.KernelsUse.And(platform.TransfersUse))
			} else if (d.barrier || fence) && !p.dev.dropBarriers {
				l.Barrier(platform.KernelsWrite, platform.KernelsUse)
			}
			fence = false
			p.fillAddresses(&d.Dispatch)
			l.dispatch(pipes[next], sets[next], d.Push, d.Groups)
		}
		if timing {
			l.Timestamp(op + 1)
		}
	}
	p.copyOut(l, shared)
	return lists
}

// copyIn starts a program: what earlier submissions wrote becomes visible, and the host's words are copied where host and
// device do not share memory.
func (p *program) copyIn(l *commandList, shared []sharedRange) {
	before := platform.KernelsWrite.And(platform.TransfersWrite)
	copies := 0
	for _, s := range shared {
		if s.in && s.mem.twin.block != nil {
			if copies == 0 {
				l.Barrier(before, platform.TransfersUse)
			}
			l.copyBytes(s.mem.device, s.mem.twin, 4*int64(s.lo), 4*int64(s.lo), 4*int64(s.hi-s.lo))
			copies++
		}
	}
	l.Barrier(before, platform.KernelsUse.And(platform.TransfersUse))
}

// copyOut ends a program: results go to the host where it does not share memory, and become visible to it.
func (p *program) copyOut(l *commandList, shared []sharedRange) {
	copies := 0
	for _, s := range shared {
		if s.out && s.mem.twin.block != nil {
			if copies == 0 {
				l.Barrier(platform.KernelsWrite.And(platform.TransfersWrite), platform.TransfersUse)
			}
			l.copyBytes(s.mem.twin, s.mem.device, 4*int64(s.lo), 4*int64(s.lo), 4*int64(s.hi-s.lo))
			copies++
		}
	}
	l.Barrier(platform.KernelsWrite.And(platform.TransfersWrite), platform.HostReads)
}
