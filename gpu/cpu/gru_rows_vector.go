//go:build amd64 || arm64

package cpu

import "unsafe"

// The functions in gru_*.s read the addresses below.
//
//go:noescape
func gruForwardVectors(row *gruForwardAddresses, vectors int)

//go:noescape
func gruBackwardVectors(row *gruBackwardAddresses, vectors int)

type gruForwardAddresses struct {
	sum, add, bias, g, before, h, state unsafe.Pointer
	pitch, apart                        int
}

type gruBackwardAddresses struct {
	sum, outer, g, dz, state, before, carried unsafe.Pointer
	apart                                     int
}

// gruForwardUnits makes n units of a row.
func gruForwardUnits(k *kernels, r *gruForwardRow, n int) {
	if k == &portable {
		gruForwardPortable(r, n)
		return
	}
	whole := n &^ (lanes - 1)
	if whole > 0 {
		a := gruForwardAddresses{first(r.sum, 3*r.pitch+whole), first(r.add, 2*r.apart+whole), first(r.bias, whole), first(r.g, 3*r.apart+whole), first(r.before, whole),
			first(r.h, whole), first(r.state, whole), r.pitch, r.apart}
		gruForwardVectors(&a, whole/lanes)
	}
	if whole == n {
		return
	}
	var sum, add, bias, g, before, h, state unitTail
	rest := span{whole, n}
	a := gruForwardAddresses{sum.gather(r.sum, rest, gruKept, r.pitch), add.gather(r.add, rest, gruGates, r.apart), bias.gather(r.bias, rest, 1, 0), g.address(),
		before.gather(r.before, rest, 1, 0), h.address(), state.address(), lanes, lanes}
	gruForwardVectors(&a, 1)
	g.scatter(r.g, rest, gruKept, r.apart)
	h.scatter(r.h, rest, 1, 0)
	state.scatter(r.state, rest, 1, 0)
}

// gruBackwardUnits makes n units of a row.
func gruBackwardUnits(k *kernels, r *gruBackwardRow, n int) {
	if k == &portable {
		gruBackwardPortable(r, n)
		return
	}
	whole := n &^ (lanes - 1)
	if whole > 0 {
		a := gruBackwardAddresses{first(r.sum, whole), first(r.outer, whole), first(r.g, 3*r.apart+whole), first(r.dz, 3*r.apart+whole), first(r.state, 2*r.apart+whole),
			first(r.before, whole), first(r.carried, whole), r.apart}
		gruBackwardVectors(&a, whole/lanes)
	}
	if whole == n {
		return
	}
	var sum, outer, g, dz, state, before, carried unitTail
	rest := span{whole, n}
	a := gruBackwardAddresses{sum.gather(r.sum, rest, 1, 0), outer.gather(r.outer, rest, 1, 0), g.gather(r.g, rest, gruKept, r.apart), dz.address(), state.address(),
		before.gather(r.before, rest, 1, 0), carried.gather(r.carried, rest, 1, 0), lanes}
	gruBackwardVectors(&a, 1)
	dz.scatter(r.dz, rest, gruKept, r.apart)
	state.scatter(r.state, rest, gruGates, r.apart)
	carried.scatter(r.carried, rest, 1, 0)
}
