//go:build amd64 || arm64

package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// dropoutVectors is in vector_*.s; tools/asmgen says what it does. Groups are at least 1.
//
//go:noescape
func dropoutVectors(y, x *float32, groups int, settings *uint32)

// dropoutGroup is the number of elements that the assembly draws for at a time.
const dropoutGroup = lanes * gpu.DropoutLanes

func dropoutVector(y, x []float32, s *dropSettings) {
	whole := len(y) / dropoutGroup * dropoutGroup
	rest := *s
	if whole > 0 {
		_ = x[whole-1]
		dropoutVectors(&y[0], &x[0], whole/dropoutGroup, &s.key[0])
		rest.counter[0] += uint32(whole / gpu.DropoutLanes)
	}
	dropoutPortable(y[whole:], x[whole:], &rest)
}
