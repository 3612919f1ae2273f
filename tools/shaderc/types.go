package main

import "fmt"

// maxTypeDepth bounds the nesting of types that is followed; the instruction
// stream of a corrupt module can make types refer to themselves.
const maxTypeDepth = 16

// scalarType returns the 32-bit scalar type with the given id.
func (m *module) scalarType(id uint32) (scalar, error) {
	t, ok := m.types[id]
	if !ok {
		return 0, corruptf("%d is not a type", id)
	}
	switch {
	case t.op == opTypeBool:
		return scalarBool, nil
	case t.op == opTypeInt && t.args[0] == 32 && t.args[1] == 0:
		return scalarUint, nil
	case t.op == opTypeInt && t.args[0] == 32 && t.args[1] == 1:
		return scalarInt, nil
	case t.op == opTypeFloat && t.args[0] == 32:
		return scalarFloat, nil
	}
	return 0, fmt.Errorf("want a scalar of 32 bits (float, int, uint), have SPIR-V type opcode %d %v", t.op, t.args)
}

// vectorType returns the component and the number of lanes of a scalar or
// vector type.
func (m *module) vectorType(id uint32) (scalar, uint32, error) {
	if t, ok := m.types[id]; ok && t.op == opTypeVector {
		s, err := m.scalarType(t.args[0])
		if err == nil && (t.args[1] < 2 || t.args[1] > 4) {
			err = corruptf("vector of %d components", t.args[1])
		}
		return s, t.args[1], err
	}
	s, err := m.scalarType(id)
	return s, 1, err
}

// pointee returns the storage class and the target of a pointer type.
func (m *module) pointee(id uint32) (class, target uint32, err error) {
	t, ok := m.types[id]
	if !ok || t.op != opTypePointer {
		return 0, 0, corruptf("%d is not a pointer type", id)
	}
	return t.args[0], t.args[1], nil
}

// sizeOf returns the bytes that a variable of a type takes in shared memory,
// as an expression over the specialization constants, and its alignment, by
// the rules of std430 (so a vec3 takes 16 bytes). Implementations may pack
// tighter; none needs more.
func (m *module) sizeOf(id uint32, r *resolver, depth int) (*expr, uint32, error) {
	if s, ok := r.sizes[id]; ok {
		return s.size, s.align, nil
	}
	size, align, err := m.measure(id, r, depth)
	if err == nil {
		r.sizes[id] = sized{size, align}
	}
	return size, align, err
}

// sized is the result of sizeOf.
type sized struct {
	size  *expr
	align uint32
}

func (m *module) measure(id uint32, r *resolver, depth int) (size *expr, align uint32, err error) {
	t, ok := m.types[id]
	if !ok {
		return nil, 0, corruptf("%d is not a type", id)
	}
	if depth > maxTypeDepth {
		return nil, 0, corruptf("types nest deeper than %d", maxTypeDepth)
	}
	switch t.op {
	case opTypeArray:
		return m.arraySize(t, r, depth)
	case opTypeStruct:
		return m.structSize(t, r, depth)
	}
	_, lanes, err := m.vectorType(id)
	if err != nil {
		return nil, 0, fmt.Errorf("in shared memory: %w", err)
	}
	if lanes == 3 {
		lanes = 4
	}
	return literal(4 * lanes), 4 * lanes, nil
}

func (m *module) arraySize(t instruction, r *resolver, depth int) (*expr, uint32, error) {
	elem, align, err := m.sizeOf(t.args[0], r, depth+1)
	if err != nil {
		return nil, 0, err
	}
	length, err := r.resolve(t.args[1], 0)
	if err != nil {
		return nil, 0, fmt.Errorf("length of a shared array: %w", err)
	}
	if n := length.eval(r.defaults); n > maxSharedBytes/4 {
		return nil, 0, fmt.Errorf("a shared array of %d elements exceeds the limit of %d bytes", n, maxSharedBytes)
	}
	size, err := operate(opIMul, length, elem)
	return size, align, err
}

func (m *module) structSize(t instruction, r *resolver, depth int) (*expr, uint32, error) {
	total, align := literal(0), uint32(4)
	for _, member := range t.args {
		size, a, err := m.sizeOf(member, r, depth+1)
		if err != nil {
			return nil, 0, err
		}
		align = max(align, a)
		if total, err = roundUp(total, a); err != nil {
			return nil, 0, err
		}
		if total, err = operate(opIAdd, total, size); err != nil {
			return nil, 0, err
		}
	}
	total, err := roundUp(total, align)
	return total, align, err
}

// roundUp rounds an expression up to a multiple of align, a power of two.
func roundUp(e *expr, align uint32) (*expr, error) {
	if align <= 4 {
		return e, nil // every size is a multiple of 4
	}
	sum, err := operate(opIAdd, e, literal(align-1))
	if err != nil {
		return nil, err
	}
	return operate(opBitwiseAnd, sum, literal(^(align - 1)))
}
