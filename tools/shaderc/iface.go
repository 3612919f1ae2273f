package main

// iface is a kernel's interface as its SPIR-V states it.
type iface struct {
	Bindings  []binding   // in binding order, without gaps
	Push      []pushField // in offset order, without gaps
	Spec      []specConst // in SpecId order
	LocalSize [3]uint32   // with the defaults of Spec
	// LocalSpec is the index in Spec of the constant that sets each dimension
	// of the local size, -1 where it is fixed.
	LocalSpec [3]int
	Shared    *expr // bytes of shared memory over Spec
}

// access says what a kernel may do with a binding.
type access uint8

const (
	accessRead access = 1 << iota
	accessWrite
	accessReadWrite = accessRead | accessWrite
)

// binding is one storage buffer of set 0.
type binding struct {
	Number uint32
	Name   string // the GLSL block name
	Elem   scalar // element of its array
	Lanes  uint32 // components of one element: 1 for float, 4 for vec4
	Access access
}

// pushField is one member of the push-constant block.
type pushField struct {
	Name   string
	Type   scalar
	Offset uint32
}

// specConst is one specialization constant. Default holds its bits.
type specConst struct {
	ID      uint32
	Name    string
	Type    scalar
	Default uint32
}

// scalar is a 32-bit scalar type of GLSL.
type scalar uint8

const (
	scalarUint scalar = iota
	scalarInt
	scalarFloat
	scalarBool
)

// glsl returns the type's name in GLSL.
func (s scalar) glsl() string { return [...]string{"uint", "int", "float", "bool"}[s] }

// golang returns the type's name in Go.
func (s scalar) golang() string { return [...]string{"uint32", "int32", "float32", "bool"}[s] }
