package main

// resolver turns constant ids into expressions over the specialization
// constants.
type resolver struct {
	m        *module
	index    map[uint32]int   // result id of a specialization constant → index
	memo     map[uint32]*expr // results, so that shared operands are built once
	sizes    map[uint32]sized // sizes of types, for the same reason
	defaults []uint32         // default bits by index
}

func newResolver(m *module) *resolver {
	return &resolver{m: m, index: map[uint32]int{}, memo: map[uint32]*expr{}, sizes: map[uint32]sized{}}
}

// maxConstDepth bounds the nesting of constants that is followed.
const maxConstDepth = 64

// resolve returns the expression of the scalar constant id.
func (r *resolver) resolve(id uint32, depth int) (*expr, error) {
	if e, ok := r.memo[id]; ok {
		return e, nil
	}
	if depth > maxConstDepth {
		return nil, corruptf("constants nest deeper than %d", maxConstDepth)
	}
	e, err := r.build(id, depth)
	if err != nil {
		return nil, err
	}
	r.memo[id] = e
	return e, nil
}

func (r *resolver) build(id uint32, depth int) (*expr, error) {
	c, ok := r.m.consts[id]
	if !ok {
		return nil, corruptf("%d is not a constant", id)
	}
	if i, ok := r.index[id]; ok {
		return reference(i), nil
	}
	switch c.op {
	case opConstantTrue, opSpecConstantTrue:
		return literal(1), nil
	case opConstantFalse, opSpecConstantFalse:
		return literal(0), nil
	case opConstant, opSpecConstant:
		if _, err := r.m.scalarType(c.typ); err != nil {
			return nil, err
		}
		return literal(c.args[0]), nil
	case opSpecConstantOp:
		return r.operation(c, depth)
	}
	return nil, corruptf("constant %d has opcode %d, want a scalar", id, c.op)
}

// operation resolves an OpSpecConstantOp.
func (r *resolver) operation(c constant, depth int) (*expr, error) {
	op := uint16(c.args[0])
	if op == opCompositeExtract {
		return r.extract(c.args[1:], depth)
	}
	args := make([]*expr, 0, 3)
	for _, id := range c.args[1:] {
		e, err := r.resolve(id, depth+1)
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	return operate(op, args...)
}

// extract resolves one component of a composite, such as gl_WorkGroupSize.x.
func (r *resolver) extract(args []uint32, depth int) (*expr, error) {
	if len(args) != 2 {
		return nil, corruptf("component extraction with %d operands, want 2", len(args))
	}
	part, err := r.component(args[0], args[1])
	if err != nil {
		return nil, err
	}
	return r.resolve(part, depth+1)
}

// component returns the id of one constituent of a constant composite.
func (r *resolver) component(id, at uint32) (uint32, error) {
	c, ok := r.m.consts[id]
	if !ok || (c.op != opConstantComposite && c.op != opSpecConstantComposite) {
		return 0, corruptf("%d is not a constant composite", id)
	}
	if uint64(at) >= uint64(len(c.args)) {
		return 0, corruptf("component %d of a composite of %d", at, len(c.args))
	}
	return c.args[at], nil
}
