package shaders

// GatedTile is a tile of the kernels of recurrences with gates: Rows sequences a work group, Vecs vec4 columns of the sums an invocation at a
// time, and Parts that share out the sum. With Keep each invocation keeps its share of W in registers through all time steps. The lanes
// follow from the width of the sums.
type GatedTile struct {
	Rows, Vecs, Parts uint32
	Keep              bool
}

// GatedSoftware are tiles for drivers that run kernels on a processor, with what a work group holds in a buffer, and GatedHardware are
// tiles for graphics processors, with it in shared memory.
var (
	GatedSoftware = []GatedTile{
		{32, 4, 1, false}, {16, 4, 1, false}, {8, 4, 1, false}, {8, 2, 1, false}, {8, 1, 1, false}, {4, 4, 1, false}, {4, 1, 1, false}, {1, 1, 1, false},
	}
	GatedHardware = []GatedTile{
		{4, 1, 8, true}, {2, 1, 8, true}, {1, 1, 8, true},
		{8, 1, 1, false}, {8, 1, 2, false}, {4, 1, 1, false}, {4, 1, 2, false}, {4, 1, 4, false}, {4, 2, 1, false}, {2, 1, 1, false}, {2, 1, 2, false}, {2, 1, 4, false},
		{2, 4, 1, false}, {1, 1, 2, false}, {1, 1, 8, false}, {1, 4, 1, false},
	}
)

// Bounds of tiles: of those that read W in every step, and of those that keep it without spilling.
const (
	gatedInvocations     = 256
	gatedKeptInvocations = 1024
	gatedKeptShare       = 64 // registers
)

// GatedSoftwareLanes are the lanes side by side of tiles for processors: what runs in one of their registers.
const GatedSoftwareLanes = 8

// Lanes returns the lanes side by side that the tile takes on a graphics processor for a state of depth4 vec4 and sums of cols4, a multiple
// of 8 that a work group has room for, and whether they suit each other.
func (t GatedTile) Lanes(depth4, cols4 uint32) (lanes uint32, ok bool) {
	lanes = ((cols4+t.Vecs-1)/t.Vecs + 7) / 8 * 8
	if !t.Keep {
		return min(lanes, gatedInvocations/t.Parts), t.Parts <= depth4
	}
	share := (depth4 + t.Parts - 1) / t.Parts * 16 * t.Vecs
	return lanes, lanes*t.Parts <= gatedKeptInvocations && share <= gatedKeptShare && lanes*t.Parts*(share+rnnOtherRegisters) <= rnnRegisterFile && t.Parts <= depth4
}

// SharedBytes returns the shared memory that a work group of the tile takes for n units: the state, the sums and what is carried on.
func (t GatedTile) SharedBytes(n int, depth4, cols4 uint32) int {
	n4 := (uint32(n) + 3) / 4
	return 16 * int(t.Rows) * int(depth4+t.Parts*cols4+n4)
}

var _ = declare(&gatedPackKernel, combine([]GatedPackSpec{DefaultGatedPackSpec()},
	either(func(s *GatedPackSpec, on bool) { s.Forward = on }), either(func(s *GatedPackSpec, on bool) { s.HasBias = on }))...)

// gatedSizes are the sizes of the state that stand for all.
var gatedSizes = []int{64, 128, 512}

// gatedExamples calls add with every tile for graphics processors that suits a size, forward or backward, of so many gates.
func gatedExamples(gates uint32, forward bool, add func(t GatedTile, lanes uint32, n int)) {
	for _, n := range gatedSizes {
		depth4, cols4 := uint32(n)/4+1, gates*uint32(n)/4
		if !forward {
			depth4, cols4 = cols4, uint32(n)/4
		}
		for _, t := range GatedHardware {
			if lanes, ok := t.Lanes(depth4, cols4); ok && t.SharedBytes(n, depth4, cols4) <= rnnShared {
				add(t, lanes, n)
			}
		}
	}
}
