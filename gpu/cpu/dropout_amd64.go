package cpu

import "github.com/spectral-gpu/spectral-gpu/gpu"

// dropoutVectors is in vector_amd64.s; tools/asmgen says what it does. Groups are at least 1.
//
//go:noescape
func dropoutVectors(y, x *float32, groups int, settings, words *uint32)

// dropoutGroup is the number of elements that the assembly draws for at a time.
const dropoutGroup = 8 * gpu.DropoutLanes

func dropoutVector(y, x []float32, s *dropSettings) {
	whole := len(y) / dropoutGroup * dropoutGroup
	rest := *s
	if whole > 0 {
		_ = x[whole-1]
		var words [4 * gpu.DropoutLanes]uint32
		dropoutVectors(&y[0], &x[0], whole/dropoutGroup, &s.key[0], &words[0])
		rest.counter[0] += uint32(whole / gpu.DropoutLanes)
	}
	dropoutPortable(y[whole:], x[whole:], &rest)
}
