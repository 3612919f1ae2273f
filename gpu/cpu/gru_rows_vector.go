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
	// The rest in a vector of its own, so that what becomes of a unit does not depend on its place.
	var sum, add, g [4 * lanes]float32
	var bias, before, h, state [lanes]float32
	for i := range 4 {
		copy(sum[lanes*i:], r.sum[i*r.pitch+whole:i*r.pitch+n])
		if i < gruGates {
			copy(add[lanes*i:], r.add[i*r.apart+whole:i*r.apart+n])
		}
	}
	copy(bias[:], r.bias[whole:n])
	copy(before[:], r.before[whole:n])
	a := gruForwardAddresses{unsafe.Pointer(&sum), unsafe.Pointer(&add), unsafe.Pointer(&bias), unsafe.Pointer(&g), unsafe.Pointer(&before), unsafe.Pointer(&h), unsafe.Pointer(&state), lanes, lanes}
	gruForwardVectors(&a, 1)
	for i := range 4 {
		copy(r.g[i*r.apart+whole:i*r.apart+n], g[lanes*i:])
	}
	copy(r.h[whole:n], h[:])
	copy(r.state[whole:n], h[:])
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
	var g, dz, state [4 * lanes]float32
	var sum, outer, before, carried [lanes]float32
	for i := range 4 {
		copy(g[lanes*i:], r.g[i*r.apart+whole:i*r.apart+n])
	}
	copy(sum[:], r.sum[whole:n])
	copy(outer[:], r.outer[whole:n])
	copy(before[:], r.before[whole:n])
	copy(carried[:], r.carried[whole:n])
	a := gruBackwardAddresses{unsafe.Pointer(&sum), unsafe.Pointer(&outer), unsafe.Pointer(&g), unsafe.Pointer(&dz), unsafe.Pointer(&state), unsafe.Pointer(&before), unsafe.Pointer(&carried), lanes}
	gruBackwardVectors(&a, 1)
	for i := range 4 {
		copy(r.dz[i*r.apart+whole:i*r.apart+n], dz[lanes*i:])
		if i < gruGates {
			copy(r.state[i*r.apart+whole:i*r.apart+n], state[lanes*i:])
		}
	}
	copy(r.carried[whole:n], carried[:])
}
