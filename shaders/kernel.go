package shaders

import (
	"encoding/binary"
	"slices"
)

// Access says what a kernel does with a buffer.
type Access uint8

// The ways a kernel can use a buffer. ReadWrite has the bits of both.
const (
	Read Access = 1 << iota
	Write
	ReadWrite = Read | Write
)

// String returns read, write or read/write.
func (a Access) String() string {
	switch a {
	case Read:
		return "read"
	case Write:
		return "write"
	case ReadWrite:
		return "read/write"
	}
	return "no access"
}

// Kernel describes one compiled kernel. Everything in it is read from the
// SPIR-V by tools/shaderc; treat it as constant.
type Kernel struct {
	Name     string        // file name without .comp
	Doc      string        // header comment: formula, shapes, work groups, precision
	Bindings []BindingInfo // buffers of descriptor set 0; the index is the binding number
	Push     []PushInfo    // push constants in the order of offsets
	// PushBytes is the size of the push constants, at most 128.
	PushBytes int
	Spec      []SpecInfo // specialization constants in the order of ids
	// LocalSize is the size of a work group with the defaults of Spec.
	LocalSize [3]uint32
	// LocalSizeSpec holds for each dimension of the local size the index in
	// Spec of the constant that sets it, -1 where it is fixed.
	LocalSizeSpec [3]int

	code   *string
	code64 *string // nil where there is no such form
	shared func(spec []uint32) uint32
}

// BindingInfo describes one buffer of a kernel.
type BindingInfo struct {
	Name      string // block name in the GLSL
	Access    Access
	Elem      string // element type in the GLSL: float, uint, int, vec4 …
	ElemBytes int    // bytes from one element to the next
	OffsetAt  int    // byte offset in the push constants of its element offset
	AddressAt int    // and of the two halves of its region's address, the low one first; 0 where the kernel takes none
}

// PushInfo describes one push constant.
type PushInfo struct {
	Name   string
	Type   string // float, uint or int
	Offset int    // bytes
}

// SpecInfo describes one specialization constant.
type SpecInfo struct {
	ID      uint32
	Name    string
	Type    string // float, uint, int or bool
	Default uint32 // bits; a bool is 0 or 1
}

// Kernels returns all kernels in the order of their names.
func Kernels() []*Kernel { return slices.Clone(kernels) }

// Lookup returns the kernel of a name, nil if there is none.
func Lookup(name string) *Kernel {
	i, ok := slices.BinarySearchFunc(kernels, name, func(k *Kernel, name string) int {
		switch {
		case k.Name < name:
			return -1
		case k.Name > name:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return kernels[i]
}

// SPIRV returns a copy of the kernel's code, in words.
func (k *Kernel) SPIRV() []uint32 { return words(*k.code) }

// SPIRV64 returns a copy of the kernel's code in the form that moves quads as
// words of 64 bits, for drivers that run kernels on a processor and offer
// shaderInt64 (see lib/quad.glsl); the code of SPIRV where there is no such form.
// The results are the same bit for bit.
func (k *Kernel) SPIRV64() []uint32 {
	if k.code64 == nil {
		return k.SPIRV()
	}
	return words(*k.code64)
}

func words(code string) []uint32 {
	list := make([]uint32, len(code)/4)
	for i := range list {
		list[i] = binary.LittleEndian.Uint32([]byte(code[4*i : 4*i+4]))
	}
	return list
}

// DefaultSpec returns the bits of the default specialization.
func (k *Kernel) DefaultSpec() []uint32 {
	bits := make([]uint32, len(k.Spec))
	for i, s := range k.Spec {
		bits[i] = s.Default
	}
	return bits
}

// LocalSizeFor returns the size of a work group with a specialization, in the
// order of k.Spec; nil stands for the defaults.
func (k *Kernel) LocalSizeFor(spec []uint32) [3]uint32 {
	size := k.LocalSize
	if spec == nil {
		return size
	}
	for i, at := range k.LocalSizeSpec {
		if at >= 0 {
			size[i] = spec[at]
		}
	}
	return size
}

// SharedBytesFor returns the bytes of shared memory that a work group takes
// with a specialization, in the order of k.Spec; nil stands for the defaults.
// Each shared variable counts rounded up to 16 bytes.
func (k *Kernel) SharedBytesFor(spec []uint32) int {
	if spec == nil {
		spec = k.DefaultSpec()
	}
	return int(k.shared(spec))
}
