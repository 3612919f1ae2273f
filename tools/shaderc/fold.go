package main

import "encoding/binary"

// foldLocalSize spells constants of SPIR-V that take a component of gl_WorkGroupSize over the component itself, so that the length of
// an array is an expression over specialization constants alone. A translator to Metal's language (SPIRV-Cross before MoltenVK 1.4)
// makes those constant there, and components of the vector not. Code that does not parse is returned as it is.
func foldLocalSize(code []byte) []byte {
	m, err := parseModule(code)
	if err != nil {
		return code
	}
	size, ok := m.workgroupSize()
	if !ok {
		return code
	}
	r, component := newResolver(m), map[uint32]uint32{}
	for id, c := range m.consts {
		if c.op != opSpecConstantOp || len(c.args) != 3 || c.args[0] != opCompositeExtract || c.args[1] != size {
			continue
		}
		if part, err := r.component(size, c.args[2]); err == nil {
			component[id] = part
		}
	}
	folded := append([]byte(nil), code...)
	for at := 4 * headerWords; at < len(folded); {
		word := func(i int) []byte { return folded[at+4*i:] }
		head := binary.LittleEndian.Uint32(word(0))
		n, op := int(head>>16), uint16(head)
		if op == opFunction {
			break
		}
		for i := constantOperands(op, n, word); i < n; i++ {
			if part, ok := component[binary.LittleEndian.Uint32(word(i))]; ok {
				binary.LittleEndian.PutUint32(word(i), part)
			}
		}
		at += 4 * n
	}
	return folded
}

// constantOperands returns the first of the n words of an instruction that name constants, all up to the last; n for none.
func constantOperands(op uint16, n int, word func(i int) []byte) int {
	switch {
	case op == opTypeArray:
		return 3
	case op == opSpecConstantOp && operators[uint16(binary.LittleEndian.Uint32(word(3)))].arity > 0:
		return 4
	}
	return n
}
