//go:build cgo

package platform

// #include "shim.h"
import "C"

import "unsafe"

// Submission is what it takes to run a command buffer and wait for it. It owns none of the objects that it names.
type Submission struct{ c *C.sg_program }

// NewSubmission makes one for a number of timestamps and of ranges of host memory to flush before and to invalidate after a run.
func NewSubmission(timestamps, flushes, invalidates int) (*Submission, Result) {
	c := C.sg_program_new(C.uint32_t(timestamps), C.uint32_t(flushes), C.uint32_t(invalidates))
	if c == nil {
		return nil, OutOfHostMemory
	}
	return &Submission{c}, Success
}

// Free frees the submission.
func (s *Submission) Free() {
	C.sg_program_free(s.c)
	s.c = nil
}

// SetObjects names the command buffer, the fence and the timestamps, 0 without.
func (s *Submission) SetObjects(commands CommandBuffer, fence, queries Handle) {
	s.c.commands, s.c.fence, s.c.queries = commands.c, C.VkNonDispatchable(fence), C.VkNonDispatchable(queries)
}

// SetRange sets the i-th range to flush, or to invalidate.
func (s *Submission) SetRange(invalidate bool, i int, memory Handle, off, size int64) {
	C.sg_program_range(s.c, boolInt(invalidate), C.uint32_t(i), C.VkNonDispatchable(memory), C.uint64_t(off), C.uint64_t(size))
}

// SetCanary names a mapped word that the commands write last with a value. A run sets it to something else before, and has lost the device where
// it does not hold the value afterwards: some drivers cancel what takes long and report success.
func (s *Submission) SetCanary(word unsafe.Pointer, value uint32) {
	s.c.canary, s.c.canary_value = (*C.uint32_t)(word), C.uint32_t(value)
}

// Record fills the command buffer, for one run or for many.
func (d *Device) Record(s *Submission, l *Commands, once bool) Result {
	return Result(C.sg_record(d.c, s.c.commands, boolInt(once), s.c.queries, C.uint32_t(len(l.list)), unsafe.SliceData(l.list),
		(*C.uint8_t)(unsafe.SliceData(l.push))))
}

// Run flushes, submits, waits, invalidates and fetches the timestamps, without allocation.
func (d *Device) Run(s *Submission) Result { return Result(C.sg_run(d.c, s.c)) }

// Failed names the call that failed in the last run.
func (s *Submission) Failed() string { return C.GoString(s.c.failed) }

// Messages is the number of messages that waited after the last run.
func (s *Submission) Messages() int { return int(s.c.messages) }

// Ticks are the timestamps of the last run.
func (s *Submission) Ticks() []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(s.c.ticks)), s.c.query_count)
}
