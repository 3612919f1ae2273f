package main

// bodyUses records through which module-scope variables the function bodies
// read and write memory.
type bodyUses struct {
	roots  map[uint32]uint32 // result of an access chain → variable
	access map[uint32]access // variable → what is done to it
}

// note looks at one instruction of a body. Logical addressing, the only mode a
// Vulkan 1.0 shader has, admits no pointer that is not a variable or an access
// chain from one, so this sees every use.
func (u *bodyUses) note(ins instruction) {
	a := ins.args
	switch op := ins.op; {
	case op == opAccessChain || op == opInBoundsAccessChain:
		if len(a) >= 3 {
			u.roots[a[1]] = u.root(a[2])
		}
	case op == opLoad || op == opAtomicLoad:
		u.touch(a, 2, accessRead)
	case op == opStore || op == opAtomicStore:
		u.touch(a, 0, accessWrite)
	case op > opAtomicStore && op <= opAtomicXor:
		u.touch(a, 2, accessReadWrite)
	}
}

// root returns the variable that a pointer leads to.
func (u *bodyUses) root(id uint32) uint32 {
	if r, ok := u.roots[id]; ok {
		return r
	}
	return id
}

func (u *bodyUses) touch(args []uint32, at int, how access) {
	if at < len(args) {
		u.access[u.root(args[at])] |= how
	}
}
