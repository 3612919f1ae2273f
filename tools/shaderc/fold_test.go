package main

import (
	"encoding/binary"
	"testing"
)

// TestArraysDoNotDependOnTheWorkGroupsVector: every array's length, shared and local, is spelled over specialization constants, not over
// components of gl_WorkGroupSize.
func TestArraysDoNotDependOnTheWorkGroupsVector(t *testing.T) {
	k, err := compileText(t, `
layout(local_size_x = 32, local_size_y = 4, local_size_x_id = 0, local_size_y_id = 1) in;
layout(constant_id = 2) const bool WIDE = true;
layout(set = 0, binding = 0) buffer A { float a[]; };
layout(push_constant) uniform Push { uint off_a; };
const uint LX = gl_WorkGroupSize.x;
shared float all[LX * gl_WorkGroupSize.y];
shared float some[WIDE ? LX : 1];
void main() {
	float own[gl_WorkGroupSize.y];
	for (uint i = 0; i < gl_WorkGroupSize.y; i++) own[i] = a[off_a + i];
	all[gl_LocalInvocationIndex] = own[a[off_a] > 0.0 ? 1 : 0];
	some[gl_LocalInvocationID.x % some.length()] = 1.0;
	barrier();
	a[off_a + gl_LocalInvocationIndex] = all[0] + some[0];
}`)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseModule(k.Code)
	if err != nil {
		t.Fatal(err)
	}
	size, ok := m.workgroupSize()
	if !ok {
		t.Fatal("no size of work groups")
	}
	arrays := 0
	var depends func(id uint32) bool
	depends = func(id uint32) bool {
		c := m.consts[id]
		if id == size || c.op != opSpecConstantOp {
			return id == size
		}
		for _, arg := range c.args[1:] {
			if depends(arg) {
				return true
			}
		}
		return false
	}
	for _, typ := range m.types {
		if typ.op != opTypeArray {
			continue
		}
		arrays++
		if depends(typ.args[1]) {
			t.Errorf("the length %d of an array depends on gl_WorkGroupSize", typ.args[1])
		}
	}
	if arrays < 3 {
		t.Errorf("%d types of arrays, want those of all, some and own", arrays)
	}
	if got := k.Shared.eval([]uint32{8, 2, 1}); got != 8*2*4+8*4 {
		t.Errorf("%d bytes of shared memory with 8 × 2 invocations, want %d", got, 8*2*4+8*4)
	}
}

// TestFoldLeavesOtherCodeAlone: what does not parse, and what has no size of work groups, comes back as it is.
func TestFoldLeavesOtherCodeAlone(t *testing.T) {
	header := binary.LittleEndian.AppendUint32(nil, spirvMagic)
	header = append(header, make([]byte, 16)...)
	for _, code := range [][]byte{nil, {1, 2, 3}, header, append(header[:len(header):len(header)], 28, 0, 9, 0)} {
		if got := foldLocalSize(code); string(got) != string(code) {
			t.Errorf("%v became %v", code, got)
		}
	}
}
