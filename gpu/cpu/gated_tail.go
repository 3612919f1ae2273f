//go:build amd64 || arm64

package cpu

import "unsafe"

// unitTail holds the units of an operand that are behind whole vectors, of up to four gates, in vectors of their own: so what becomes of a
// unit does not depend on its place.
type unitTail [4 * lanes]float32

// gather copies units of the first gates of x, which lie apart words apart, and returns the vectors' address.
func (v *unitTail) gather(x []float32, units span, gates, apart int) unsafe.Pointer {
	for i := range gates {
		copy(v[lanes*i:], x[i*apart+units.lo:i*apart+units.hi])
	}
	return v.address()
}

// address is where the vectors are, one for each gate.
func (v *unitTail) address() unsafe.Pointer { return unsafe.Pointer(v) }

// scatter copies the units to where gather takes them from.
func (v *unitTail) scatter(x []float32, units span, gates, apart int) {
	for i := range gates {
		copy(x[i*apart+units.lo:i*apart+units.hi], v[lanes*i:])
	}
}

// first returns the address of x, which has at least words words.
func first(x []float32, words int) unsafe.Pointer { return unsafe.Pointer(&x[:words][0]) }
