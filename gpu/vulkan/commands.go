//go:build cgo

package vulkan

import "github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"

// commandList is a list of commands on the engine's memory and pipelines.
type commandList struct{ platform.Commands }

// copyBytes copies size bytes between two allocations.
func (l *commandList) copyBytes(to, from allocation, toAt, fromAt, size int64) {
	l.Copy(to.block.buffer, from.block.buffer, to.off+toAt, from.off+fromAt, size)
}

// zero fills an allocation with zeros.
func (l *commandList) zero(a allocation) { l.Zero(a.block.buffer, a.off, a.size) }

// end writes a value to the canary word when everything before it is done.
func (l *commandList) end(canary allocation, value uint32) {
	l.Barrier(platform.KernelsWrite.And(platform.TransfersWrite), platform.TransfersUse)
	l.Word(canary.block.buffer, canary.off, value)
	l.Barrier(platform.TransfersWrite, platform.HostReads)
}

// dispatch launches a kernel.
func (l *commandList) dispatch(p *pipeline, set platform.Handle, push []byte, groups [3]uint32) {
	l.Dispatch(p.handle, p.kernel.layout, set, push, groups)
}
