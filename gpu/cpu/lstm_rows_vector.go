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
	// The rest in a vector of its own, so that what becomes of a unit does not depend on its place.
	var sum, add, g [4 * lanes]float32
	var before, c, h, state [lanes]float32
	for i := range lstmGates {
		copy(sum[lanes*i:], r.sum[i*r.pitch+whole:i*r.pitch+n])
		copy(add[lanes*i:], r.add[i*r.apart+whole:i*r.apart+n])
	}
	copy(before[:], r.before[whole:n])
	a := lstmForwardAddresses{unsafe.Pointer(&sum), unsafe.Pointer(&add), unsafe.Pointer(&g), unsafe.Pointer(&before), unsafe.Pointer(&c), unsafe.Pointer(&h),
		unsafe.Pointer(&state), lanes, lanes}
	lstmForwardVectors(&a, 1)
	for i := range lstmGates {
		copy(r.g[i*r.apart+whole:i*r.apart+n], g[lanes*i:])
	}
	copy(r.c[whole:n], c[:])
	copy(r.h[whole:n], h[:])
	copy(r.state[whole:n], h[:])
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
	var g, dz, state [4 * lanes]float32
	var sum, outer, before, c, carried [lanes]float32
	for i := range lstmGates {
		copy(g[lanes*i:], r.g[i*r.apart+whole:i*r.apart+n])
	}
	copy(sum[:], r.sum[whole:n])
	copy(outer[:], r.outer[whole:n])
	copy(before[:], r.before[whole:n])
	copy(c[:], r.c[whole:n])
	copy(carried[:], r.carried[whole:n])
	a := lstmBackwardAddresses{unsafe.Pointer(&sum), unsafe.Pointer(&outer), unsafe.Pointer(&g), unsafe.Pointer(&dz), unsafe.Pointer(&state), unsafe.Pointer(&before),
		unsafe.Pointer(&c), unsafe.Pointer(&carried), lanes}
	lstmBackwardVectors(&a, 1)
	for i := range lstmGates {
		copy(r.dz[i*r.apart+whole:i*r.apart+n], dz[lanes*i:])
		copy(r.state[i*r.apart+whole:i*r.apart+n], dz[lanes*i:])
	}
	copy(r.carried[whole:n], carried[:])
}

// first returns the address of x, which has at least words words.
func first(x []float32, words int) unsafe.Pointer { return unsafe.Pointer(&x[:words][0]) }
