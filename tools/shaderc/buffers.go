package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// reflectBindings reads the storage buffers. Blocks that share a binding are
// views of one buffer with another element type, such as A { float a[]; } and
// A4 { vec4 a4[]; }: they become one binding, named by the shortest name, which
// the others must begin with.
func (m *module) reflectBindings(f *iface, wantNames bool) error {
	views := map[uint32][]binding{}
	for _, v := range m.vars {
		switch v.class {
		case classUniform, classStorageBuffer:
		case classUniformConst:
			return fmt.Errorf("%s: images and samplers are not supported", m.names[v.id])
		default:
			continue
		}
		b, err := m.reflectBlock(v, wantNames)
		if err != nil {
			return err
		}
		views[b.Number] = append(views[b.Number], b)
	}
	for number, all := range views {
		b, err := mergeViews(all, wantNames)
		if err != nil {
			return fmt.Errorf("binding %d: %w", number, err)
		}
		f.Bindings = append(f.Bindings, b)
	}
	slices.SortFunc(f.Bindings, func(a, b binding) int { return cmp.Compare(a.Number, b.Number) })
	if !wantNames {
		return nil // the optimiser may have dropped one: compare reports it
	}
	names := map[string]uint32{}
	for i, b := range f.Bindings {
		if b.Number != uint32(i) {
			return fmt.Errorf("binding %d is missing: bindings must be numbered from 0 without gaps", i)
		}
		if first, ok := names[b.Name]; ok {
			return fmt.Errorf("bindings %d and %d have the same name %s", first, b.Number, b.Name)
		}
		names[b.Name] = b.Number
	}
	return nil
}

// reflectBlock reads one buffer block.
func (m *module) reflectBlock(v variable, wantNames bool) (binding, error) {
	var b binding
	_, block, err := m.pointee(v.pointer)
	if err != nil {
		return b, err
	}
	b.Name = m.names[block]
	if b.Name == "" {
		if wantNames {
			return b, fmt.Errorf("a buffer block has no name")
		}
		b.Name = fmt.Sprintf("%%%d", block)
	}
	t, ok := m.types[block]
	if !ok || t.op != opTypeStruct {
		return b, fmt.Errorf("%s: want a buffer block, have SPIR-V type opcode %d", b.Name, t.op)
	}
	if v.class == classUniform && !m.decor[block].has(decorBufferBlock) {
		return b, fmt.Errorf("%s: uniform blocks are not supported: use push constants or a readonly buffer", b.Name)
	}
	set, okSet := m.decor[v.id].value(decorDescriptorSet)
	number, okNumber := m.decor[v.id].value(decorBinding)
	if !okSet || !okNumber || set != 0 {
		return b, fmt.Errorf("%s: want layout(set = 0, binding = N), have set %d", b.Name, set)
	}
	b.Number = number
	if len(t.args) != 1 {
		return b, fmt.Errorf("%s: a buffer block holds one array of 32-bit elements, this one has %d members", b.Name, len(t.args))
	}
	array, ok := m.types[t.args[0]]
	if !ok || array.op != opTypeRuntimeArray {
		return b, fmt.Errorf("%s: a buffer block holds one unsized array, such as { float a[]; }", b.Name)
	}
	if b.Elem, b.Lanes, err = m.vectorType(array.args[0]); err != nil {
		return b, fmt.Errorf("%s: %w", b.Name, err)
	}
	b.Access = m.blockAccess(v, block)
	if b.Access == 0 {
		return b, fmt.Errorf("%s is both readonly and writeonly", b.Name)
	}
	return b, nil
}

// blockAccess derives the access from readonly and writeonly, which glslang
// puts on the member and other front ends on the variable.
func (m *module) blockAccess(v variable, block uint32) access {
	a := accessReadWrite
	for _, d := range []decorations{m.decor[v.id], m.memberDecor[memberKey{block, 0}]} {
		if d.has(decorNonWritable) {
			a &^= accessWrite
		}
		if d.has(decorNonReadable) {
			a &^= accessRead
		}
	}
	return a
}

// mergeViews makes one binding of the blocks that share its number.
func mergeViews(views []binding, wantNames bool) (binding, error) {
	slices.SortFunc(views, func(a, b binding) int {
		return cmp.Or(cmp.Compare(a.Lanes, b.Lanes), cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	b := views[0]
	for _, v := range views[1:] {
		if wantNames && !strings.HasPrefix(v.Name, b.Name) {
			return b, fmt.Errorf("blocks %s and %s share it; a second view of %s must be named %s4 or the like",
				b.Name, v.Name, b.Name, b.Name)
		}
		b.Access |= v.Access
	}
	return b, nil
}

// reflectPush reads the push-constant block.
func (m *module) reflectPush(f *iface, wantNames bool) error {
	for _, v := range m.vars {
		if v.class != classPushConstant {
			continue
		}
		_, block, err := m.pointee(v.pointer)
		if err != nil {
			return err
		}
		t, ok := m.types[block]
		if !ok || t.op != opTypeStruct {
			return corruptf("push constants of type %d, want a struct", block)
		}
		if len(f.Push) > 0 {
			return fmt.Errorf("more than one push-constant block")
		}
		for i, member := range t.args {
			key := memberKey{block, uint32(i)}
			p := pushField{Name: m.memberNames[key]}
			if p.Name == "" && wantNames {
				return fmt.Errorf("push constant %d has no name", i)
			}
			if p.Type, err = m.scalarType(member); err != nil {
				return fmt.Errorf("push constant %s: %w", p.Name, err)
			}
			if p.Offset, ok = m.memberDecor[key].value(decorOffset); !ok {
				return corruptf("push constant %s has no offset", p.Name)
			}
			if p.Offset != uint32(4*i) {
				return fmt.Errorf("push constant %s is at offset %d, want %d: leave layout(offset) out", p.Name, p.Offset, 4*i)
			}
			f.Push = append(f.Push, p)
		}
	}
	if n := 4 * len(f.Push); n > maxPushBytes {
		return fmt.Errorf("%d bytes of push constants, the limit is %d", n, maxPushBytes)
	}
	return nil
}
