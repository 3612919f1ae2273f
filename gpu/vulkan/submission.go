//go:build cgo

package vulkan

import "github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"

// submission is a command buffer with what it takes to submit it and wait for it.
type submission struct {
	dev     *device
	native  *platform.Submission
	command platform.CommandBuffer
	fence   platform.Handle
	queries platform.Handle
}

// newSubmission makes an empty one, for a number of timestamps and of ranges of host memory to flush before and to invalidate
// after a run.
func (d *device) newSubmission(timestamps, flushes, invalidates int) (*submission, error) {
	s := &submission{dev: d}
	var r platform.Result
	if s.native, r = platform.NewSubmission(timestamps, flushes, invalidates); r != platform.Success {
		return nil, platform.Error("calloc", r, "")
	}
	if err := s.makeObjects(timestamps); err != nil {
		s.close()
		return nil, err
	}
	s.native.SetObjects(s.command, s.fence, s.queries)
	return s, nil
}

func (s *submission) makeObjects(timestamps int) error {
	d := s.dev
	r := d.ledger.create("vkAllocateCommandBuffers", func() (r platform.Result) {
		s.command, r = d.vk.AllocateCommandBuffer(d.commands)
		return r
	})
	if r != platform.Success {
		return platform.Error("vkAllocateCommandBuffers", r, "")
	}
	r = d.ledger.create("vkCreateFence", func() (r platform.Result) {
		s.fence, r = d.vk.CreateFence()
		return r
	})
	if r != platform.Success {
		return platform.Error("vkCreateFence", r, "")
	}
	if timestamps == 0 {
		return nil
	}
	r = d.ledger.create("vkCreateQueryPool", func() (r platform.Result) {
		s.queries, r = d.vk.CreateQueryPool(timestamps)
		return r
	})
	return platform.Error("vkCreateQueryPool", r, "%d timestamps", timestamps)
}

// takeTimesInto lets the submission's timestamps be those of another one, which is run after it.
func (s *submission) takeTimesInto(last *submission) {
	s.native.SetObjects(s.command, s.fence, last.queries)
}

// hostRange sets the i-th range to flush, or to invalidate.
func (s *submission) hostRange(invalidate bool, i int, a allocation) {
	s.native.SetRange(invalidate, i, a.block.memory, a.off, a.atoms())
}

// atoms returns the size rounded to what flush and invalidate take. nonCoherentAtomSize is a power of two of at most 256 in
// practice, and then the size of an allocation is a multiple of it; where it is larger, the rest of the block is taken.
func (a allocation) atoms() int64 {
	atom := max(a.block.pool.dev.phys.Limits.Atom, 1)
	if a.size%atom == 0 && a.off%atom == 0 {
		return a.size
	}
	return a.block.size - a.off
}

// record fills the command buffer.
func (s *submission) record(l *commandList, once bool) error {
	r := s.dev.ledger.try(func() platform.Result { return s.dev.vk.Record(s.native, &l.Commands, once) })
	return platform.Error("vkEndCommandBuffer", r, "%d commands", l.Len())
}

// run submits and waits. The caller holds the device's lock. It does not allocate.
func (s *submission) run() error {
	if r := s.dev.vk.Run(s.native); r != platform.Success {
		return s.dev.failed(s.native.Failed(), r)
	}
	return nil
}

// close frees everything, also after a failure half-way through newSubmission.
func (s *submission) close() {
	d := s.dev
	if !s.command.IsZero() {
		d.vk.FreeCommandBuffer(d.commands, s.command)
		d.ledger.destroyed("vkAllocateCommandBuffers")
		s.command = platform.CommandBuffer{}
	}
	if s.fence != 0 {
		d.vk.Destroy(platform.Fence, s.fence)
		d.ledger.destroyed("vkCreateFence")
		s.fence = 0
	}
	if s.queries != 0 {
		d.vk.Destroy(platform.QueryPool, s.queries)
		d.ledger.destroyed("vkCreateQueryPool")
		s.queries = 0
	}
	s.native.Free()
}
