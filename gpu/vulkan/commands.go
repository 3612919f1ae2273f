//go:build cgo

package vulkan

// #include "shim.h"
import "C"

// VkAccessFlagBits.
const (
	shaderRead    = 0x20
	shaderWrite   = 0x40
	transferRead  = 0x800
	transferWrite = 0x1000
	hostRead      = 0x2000
)

// scope is one side of a barrier: stages and the kinds of access in them.
type scope struct{ stages, access uint32 }

var (
	kernelsWrite   = scope{C.VK_PIPELINE_STAGE_COMPUTE_SHADER, shaderWrite}
	kernelsUse     = scope{C.VK_PIPELINE_STAGE_COMPUTE_SHADER, shaderRead | shaderWrite}
	transfersWrite = scope{C.VK_PIPELINE_STAGE_TRANSFER, transferWrite}
	transfersUse   = scope{C.VK_PIPELINE_STAGE_TRANSFER, transferRead | transferWrite}
	hostReads      = scope{C.VK_PIPELINE_STAGE_HOST, hostRead}
)

func (s scope) and(o scope) scope { return scope{s.stages | o.stages, s.access | o.access} }

// commandList is a list of commands for one call of the shim.
type commandList struct {
	list     []C.sg_command
	push     []byte // push constants of all dispatches
	barriers int
	copies   int
	kernels  int
}

func (l *commandList) barrier(before, after scope) {
	l.list = append(l.list, C.sg_command{
		kind:      C.SG_BARRIER,
		src_stage: C.uint32_t(before.stages), src_access: C.uint32_t(before.access),
		dst_stage: C.uint32_t(after.stages), dst_access: C.uint32_t(after.access),
	})
	l.barriers++
}

// copyBytes copies size bytes between two allocations.
func (l *commandList) copyBytes(to, from allocation, toAt, fromAt, size int64) {
	l.list = append(l.list, C.sg_command{
		kind:      C.SG_COPY,
		source:    raw(from.block.buffer),
		target:    raw(to.block.buffer),
		source_at: C.uint64_t(from.off + fromAt),
		target_at: C.uint64_t(to.off + toAt),
		size:      C.uint64_t(size),
	})
	l.copies++
}

// zero fills an allocation with zeros.
func (l *commandList) zero(a allocation) {
	l.list = append(l.list, C.sg_command{
		kind:      C.SG_FILL,
		target:    raw(a.block.buffer),
		target_at: C.uint64_t(a.off),
		size:      C.uint64_t(a.size),
	})
}

// dispatch launches a kernel.
func (l *commandList) dispatch(p *pipeline, set C.VkNonDispatchable, push []byte, groups [3]uint32) {
	l.list = append(l.list, C.sg_command{
		kind:     C.SG_DISPATCH,
		pipeline: raw(p.handle), layout: raw(p.kernel.layout), set: set,
		push_at: C.uint32_t(len(l.push)), push_size: C.uint32_t(len(push)),
		groups: [3]C.uint32_t{C.uint32_t(groups[0]), C.uint32_t(groups[1]), C.uint32_t(groups[2])},
	})
	l.push = append(l.push, push...)
	l.kernels++
}

// resetQueries makes n timestamps writable.
func (l *commandList) resetQueries(n int) {
	l.list = append(l.list, C.sg_command{kind: C.SG_RESET_QUERIES, groups: [3]C.uint32_t{C.uint32_t(n)}})
}

// timestamp takes the time when everything before it is done.
func (l *commandList) timestamp(query int) {
	l.list = append(l.list, C.sg_command{kind: C.SG_TIMESTAMP, query: C.uint32_t(query)})
}
