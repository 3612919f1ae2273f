package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Limits that no kernel may exceed. The push constants are Vulkan's required
// minimum (specification, table "Required Limits"); the others are what common
// hardware has, where Vulkan requires only 128 invocations and 16 KiB.
const (
	maxPushBytes   = 128
	maxInvocations = 1024
	maxSharedBytes = 32 << 10
)

// reflect reads a kernel's interface from its SPIR-V. Names are those of the
// GLSL and need a module compiled without -O; without them they are empty and
// only the shape is read (wantNames false).
func reflect(code []byte, wantNames bool) (*iface, error) {
	m, err := parseModule(code)
	if err != nil {
		return nil, err
	}
	if len(m.entries) != 1 || m.entries[0].model != modelGLCompute || m.entries[0].name != "main" {
		return nil, fmt.Errorf("want one compute entry point named main, have %v", m.entries)
	}
	f := &iface{LocalSpec: [3]int{-1, -1, -1}}
	r := newResolver(m)
	errs := []error{
		m.reflectSpec(f, r, wantNames),
		m.reflectBindings(f, wantNames),
		m.reflectPush(f, wantNames),
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := m.reflectLocalSize(f, r); err != nil {
		return nil, err
	}
	if err := m.reflectShared(f, r); err != nil {
		return nil, err
	}
	return f, nil
}

// reflectSpec reads the specialization constants in the order of their ids.
func (m *module) reflectSpec(f *iface, r *resolver, wantNames bool) error {
	local := m.localSizeConstants(r)
	type entry struct {
		specConst
		result uint32
	}
	var all []entry
	for result, c := range m.consts {
		id, ok := m.decor[result].value(decorSpecID)
		if !ok {
			continue
		}
		typ, err := m.scalarType(c.typ)
		if err != nil {
			return fmt.Errorf("specialization constant %d: %w", id, err)
		}
		e := entry{specConst{ID: id, Name: m.names[result], Type: typ}, result}
		switch c.op {
		case opSpecConstant:
			e.Default = c.args[0]
		case opSpecConstantTrue:
			e.Default = 1
		case opSpecConstantFalse:
		default:
			return corruptf("SpecId on constant %d of opcode %d", result, c.op)
		}
		if e.Name == "" {
			e.Name = local[result]
		}
		if e.Name == "" && wantNames {
			return fmt.Errorf("specialization constant %d has no name", id)
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.result, b.result))
	})
	for i, e := range all {
		if i > 0 && all[i-1].ID == e.ID {
			return fmt.Errorf("two specialization constants have id %d: %s and %s; "+
				"for the local size use local_size_x_id and read gl_WorkGroupSize.x", e.ID, all[i-1].Name, e.Name)
		}
		r.index[e.result] = i
		r.defaults = append(r.defaults, e.Default)
		f.Spec = append(f.Spec, e.specConst)
	}
	return nil
}

// localSizeConstants returns the constituents of gl_WorkGroupSize with the
// names they go by, since local_size_x_id declares a nameless constant.
func (m *module) localSizeConstants(r *resolver) map[uint32]string {
	names := map[uint32]string{}
	id, ok := m.workgroupSize()
	if !ok {
		return names
	}
	for i, name := range []string{"local_size_x", "local_size_y", "local_size_z"} {
		if part, err := r.component(id, uint32(i)); err == nil && names[part] == "" {
			names[part] = name
		}
	}
	return names
}

// workgroupSize returns the constant decorated as the WorkgroupSize built-in.
func (m *module) workgroupSize() (uint32, bool) {
	for id, d := range m.decor {
		if v, ok := d.value(decorBuiltIn); ok && v == builtInWorkgroupSize {
			return id, true
		}
	}
	return 0, false
}

// reflectLocalSize reads the size of a work group: the WorkgroupSize built-in
// where there is one, else the execution mode.
func (m *module) reflectLocalSize(f *iface, r *resolver) error {
	f.LocalSize = m.localSize
	if id, ok := m.workgroupSize(); ok {
		for i := range f.LocalSize {
			part, err := r.component(id, uint32(i))
			if err != nil {
				return err
			}
			e, err := r.resolve(part, 0)
			if err != nil {
				return fmt.Errorf("local size: %w", err)
			}
			f.LocalSize[i] = e.eval(r.defaults)
			if e.isRef {
				f.LocalSpec[i] = e.spec
			}
		}
	}
	total := uint64(1)
	for _, n := range f.LocalSize {
		if n == 0 || n > maxInvocations {
			return fmt.Errorf("local size %v: each dimension must be 1 to %d", f.LocalSize, maxInvocations)
		}
		total *= uint64(n)
	}
	if total > maxInvocations {
		return fmt.Errorf("local size %v has %d invocations, the limit is %d", f.LocalSize, total, maxInvocations)
	}
	return nil
}

// reflectShared adds up the shared variables that the code uses, each rounded
// up to 16 bytes so that the sum does not depend on their order.
func (m *module) reflectShared(f *iface, r *resolver) error {
	f.Shared = literal(0)
	for _, v := range m.vars {
		if v.class != classWorkgroup || m.body.access[v.id] == 0 {
			continue
		}
		name := m.names[v.id]
		_, target, err := m.pointee(v.pointer)
		if err != nil {
			return err
		}
		size, _, err := m.sizeOf(target, r, 0)
		if err != nil {
			return fmt.Errorf("shared %s: %w", name, err)
		}
		if size, err = roundUp(size, 16); err != nil {
			return fmt.Errorf("shared %s: %w", name, err)
		}
		if f.Shared, err = operate(opIAdd, f.Shared, size); err != nil {
			return fmt.Errorf("shared %s: %w", name, err)
		}
	}
	if n := f.Shared.eval(r.defaults); n > maxSharedBytes {
		return fmt.Errorf("%d bytes of shared memory with the default specialization, the limit is %d", n, maxSharedBytes)
	}
	return nil
}
