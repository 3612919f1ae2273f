package shaders

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// Region is a range of bytes of device memory.
type Region struct {
	Memory any // the executor's handle, opaque here
	Offset int // bytes from the start of Memory
	Size   int // bytes
}

// In is a buffer that a kernel only reads.
type In struct{ Region }

// Out is a buffer that a kernel only writes, not necessarily everywhere.
type Out struct{ Region }

// InOut is a buffer that a kernel reads and writes.
type InOut struct{ Region }

func (r In) binding() Binding    { return Binding{r.Region, Read} }
func (r Out) binding() Binding   { return Binding{r.Region, Write} }
func (r InOut) binding() Binding { return Binding{r.Region, ReadWrite} }

// Binding is a region with what the kernel does to it.
type Binding struct {
	Region Region
	Access Access
}

// Dispatch is one launch of a kernel, ready to be recorded.
type Dispatch struct {
	Kernel   *Kernel
	Bindings []Binding // by binding number
	Push     []byte    // Kernel.PushBytes bytes, in the byte order of the machine
	Spec     []uint32  // bits, in the order of Kernel.Spec
	Groups   [3]uint32 // work groups in x, y, z
}

// Align moves the start of every region down to a multiple of alignment bytes
// (minStorageBufferOffsetAlignment) and adds the elements between to the
// binding's push constant off_name. It fails if a region does not start at a
// whole element.
func (d *Dispatch) Align(alignment int) error {
	for i := range d.Bindings {
		info, r := d.Kernel.Bindings[i], &d.Bindings[i].Region
		skip := r.Offset % alignment
		if skip%info.ElemBytes != 0 {
			return fmt.Errorf("%s: buffer %s starts at byte %d, %d bytes past a multiple of %d: not a whole number of %s (%d bytes)",
				d.Kernel.Name, info.Name, r.Offset, skip, alignment, info.Elem, info.ElemBytes)
		}
		r.Offset -= skip
		r.Size += skip
		field := d.Push[info.OffsetAt:][:4]
		offset := binary.NativeEndian.Uint32(field) + uint32(skip/info.ElemBytes)
		binary.NativeEndian.PutUint32(field, offset)
	}
	return nil
}

// maxGroups is the least maxComputeWorkGroupCount that Vulkan allows.
const maxGroups = 65_535

// Fold returns the work groups for a kernel that handles one item an
// invocation and finds its item with lib/fold.glsl. Up to 65,535 groups lie in
// x; more are folded over x and y with fewer than y groups to spare. Items must
// number less than 2³² and no more than fit in 65,535² groups.
//
//	k.Dispatch(shaders.Fold(rows*cols, localSize))
func Fold(items, localSize int) (x, y, z uint32) {
	groups := max(1, (items+localSize-1)/localSize)
	rows := (groups + maxGroups - 1) / maxGroups
	return uint32((groups + rows - 1) / rows), uint32(rows), 1
}

// bytesOf copies the memory of a struct of push constants.
func bytesOf[T any](p *T) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(p)), unsafe.Sizeof(*p))...)
}
