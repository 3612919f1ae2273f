//go:build amd64 || arm64

package cpu

import "unsafe"

// The functions in lstm_*.s read the addresses below.
//
//go:noescape
func lstmForwardVectors(row *lstmForwardAddresses, vectors int)

//go:noescape
func lstmBackwardVectors(row *lstmBackwardAddresses, vectors int)

type lstmForwardAddresses struct {
	sum, add, g, before, c, h, state unsafe.Pointer
	pitch, apart                     int
}

type lstmBackwardAddresses struct {
	sum, outer, g, dz, state, before, c, carried unsafe.Pointer
	apart                                        int
}

// lstmForwardUnits makes n units of a row.
func lstmForwardUnits(k *kernels, r *lstmForwardRow, n int) {
	if k == &portable {
		lstmForwardPortable(r, n)
		return
	}
	whole := n &^ (lanes - 1)
	if whole > 0 {
		a := lstmForwardAddresses{first(r.sum, 3*r.pitch+whole), first(r.add, 3*r.apart+whole), first(r.g, 3*r.apart+whole), first(r.before, whole),
			first(r.c, whole), first(r.h, whole), first(r.state, whole), r.pitch, r.apart}
		lstmForwardVectors(&a, whole/lanes)
	}
	if whole == n {
		return
	}
	var sum, add, g, before, c, h, state unitTail
	rest := span{whole, n}
	a := lstmForwardAddresses{sum.gather(r.sum, rest, lstmGates, r.pitch), add.gather(r.add, rest, lstmGates, r.apart), g.address(),
		before.gather(r.before, rest, 1, 0), c.address(), h.address(), state.address(), lanes, lanes}
	lstmForwardVectors(&a, 1)
	g.scatter(r.g, rest, lstmGates, r.apart)
	c.scatter(r.c, rest, 1, 0)
	h.scatter(r.h, rest, 1, 0)
	state.scatter(r.state, rest, 1, 0)
}

// lstmBackwardUnits makes n units of a row.
func lstmBackwardUnits(k *kernels, r *lstmBackwardRow, n int) {
	if k == &portable {
		lstmBackwardPortable(r, n)
		return
	}
	whole := n &^ (lanes - 1)
	if whole > 0 {
		a := lstmBackwardAddresses{first(r.sum, whole), first(r.outer, whole), first(r.g, 3*r.apart+whole), first(r.dz, 3*r.apart+whole),
			first(r.state, 3*r.apart+whole), first(r.before, whole), first(r.c, whole), first(r.carried, whole), r.apart}
		lstmBackwardVectors(&a, whole/lanes)
	}
	if whole == n {
		return
	}
	var sum, outer, g, dz, state, before, c, carried unitTail
	rest := span{whole, n}
	a := lstmBackwardAddresses{sum.gather(r.sum, rest, 1, 0), outer.gather(r.outer, rest, 1, 0), g.gather(r.g, rest, lstmGates, r.apart), dz.address(), state.address(),
		before.gather(r.before, rest, 1, 0), c.gather(r.c, rest, 1, 0), carried.gather(r.carried, rest, 1, 0), lanes}
	lstmBackwardVectors(&a, 1)
	dz.scatter(r.dz, rest, lstmGates, r.apart)
	state.scatter(r.state, rest, lstmGates, r.apart)
	carried.scatter(r.carried, rest, 1, 0)
}
