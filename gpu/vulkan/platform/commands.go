//go:build cgo

package platform

// #include "shim.h"
import "C"

// Bits of Scope.Access (VkAccessFlagBits).
const (
	shaderRead    = 0x20
	shaderWrite   = 0x40
	transferRead  = 0x800
	transferWrite = 0x1000
	hostRead      = 0x2000
)

// Scope is one side of a barrier: stages and the kinds of access in them.
type Scope struct{ stages, access uint32 }

// The scopes of the engine's barriers.
var (
	KernelsWrite   = Scope{C.VK_PIPELINE_STAGE_COMPUTE_SHADER, shaderWrite}
	KernelsUse     = Scope{C.VK_PIPELINE_STAGE_COMPUTE_SHADER, shaderRead | shaderWrite}
	TransfersWrite = Scope{C.VK_PIPELINE_STAGE_TRANSFER, transferWrite}
	TransfersUse   = Scope{C.VK_PIPELINE_STAGE_TRANSFER, transferRead | transferWrite}
	HostReads      = Scope{C.VK_PIPELINE_STAGE_HOST, hostRead}
)

// And returns both scopes together.
func (s Scope) And(o Scope) Scope { return Scope{s.stages | o.stages, s.access | o.access} }

// Commands is a list of commands, recorded in one call.
type Commands struct {
	list []C.sg_command
	push []byte // push constants of all dispatches
	// Numbers of commands in the list.
	Barriers, Copies, Dispatches int
}

// Len is the number of commands.
func (l *Commands) Len() int { return len(l.list) }

// Barrier makes what comes after wait for what came before.
func (l *Commands) Barrier(before, after Scope) {
	l.list = append(l.list, C.sg_command{
		kind:      C.SG_BARRIER,
		src_stage: C.uint32_t(before.stages), src_access: C.uint32_t(before.access),
		dst_stage: C.uint32_t(after.stages), dst_access: C.uint32_t(after.access),
	})
	l.Barriers++
}

// Copy copies size bytes between two buffers.
func (l *Commands) Copy(to, from Handle, toAt, fromAt, size int64) {
	l.list = append(l.list, C.sg_command{
		kind:   C.SG_COPY,
		source: C.VkNonDispatchable(from), target: C.VkNonDispatchable(to),
		source_at: C.uint64_t(fromAt), target_at: C.uint64_t(toAt), size: C.uint64_t(size),
	})
	l.Copies++
}

// Zero fills bytes of a buffer with zeros.
func (l *Commands) Zero(buffer Handle, off, size int64) {
	l.list = append(l.list, C.sg_command{kind: C.SG_FILL, target: C.VkNonDispatchable(buffer), target_at: C.uint64_t(off), size: C.uint64_t(size)})
}

// Word writes a word of a buffer.
func (l *Commands) Word(buffer Handle, off int64, value uint32) {
	l.list = append(l.list, C.sg_command{kind: C.SG_FILL, target: C.VkNonDispatchable(buffer), target_at: C.uint64_t(off), size: 4, query: C.uint32_t(value)})
}

// Dispatch launches a kernel.
func (l *Commands) Dispatch(pipeline, layout, set Handle, push []byte, groups [3]uint32) {
	l.list = append(l.list, C.sg_command{
		kind:     C.SG_DISPATCH,
		pipeline: C.VkNonDispatchable(pipeline), layout: C.VkNonDispatchable(layout), set: C.VkNonDispatchable(set),
		push_at: C.uint32_t(len(l.push)), push_size: C.uint32_t(len(push)),
		groups: [3]C.uint32_t{C.uint32_t(groups[0]), C.uint32_t(groups[1]), C.uint32_t(groups[2])},
	})
	l.push = append(l.push, push...)
	l.Dispatches++
}

// ResetQueries makes the first n timestamps writable.
func (l *Commands) ResetQueries(n int) {
	l.list = append(l.list, C.sg_command{kind: C.SG_RESET_QUERIES, groups: [3]C.uint32_t{C.uint32_t(n)}})
}

// Timestamp takes the time when everything before it is done.
func (l *Commands) Timestamp(query int) {
	l.list = append(l.list, C.sg_command{kind: C.SG_TIMESTAMP, query: C.uint32_t(query)})
}
