package shaders

// GatedTile is a tile of the kernels of recurrences with gates: Rows sequences a work group, Vecs vec4 columns of the sums an invocation at a
// time, and Parts that share out the sum. With Keep each invocation keeps of its share of W as much as fits in registers through all time
// steps, and reads the rest in every step. The lanes follow from the width of the sums.
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
		{4, 1, 4, true}, {4, 1, 8, true}, {2, 1, 4, true}, {2, 1, 8, true}, {1, 1, 2, true}, {1, 1, 4, true}, {1, 1, 8, true}, {1, 1, 16, true},
		{8, 1, 1, false}, {8, 1, 4, false}, {4, 1, 1, false}, {4, 1, 4, false}, {4, 2, 1, false}, {2, 1, 1, false}, {2, 1, 4, false}, {2, 1, 8, false},
		{2, 4, 1, false}, {1, 1, 2, false}, {1, 1, 8, false}, {1, 4, 1, false},
	}
)

// GatedSoftwareLanes are the lanes side by side of tiles for processors: what runs in one of their registers.
const GatedSoftwareLanes = 8

// AddressedRows are the rows that an invocation takes at a time where it reads by address (lib/gated_state.glsl).
const AddressedRows = 4

// AddressedTurn returns how many vec4 rows of W are taken at once there, of depth4: as many as code may be long, so that few turns and few rows
// that are left over are loops. Sums leave the registers after every turn.
func AddressedTurn(depth4 uint32) uint32 {
	best, least := uint32(1), depth4
	for turn := uint32(2); turn <= min(depth4, 33); turn++ {
		if loops := depth4/turn + 2*(depth4%turn); loops <= least {
			best, least = turn, loops
		}
	}
	return best
}

// KeptRows returns how many vec4 rows of its share of W an invocation keeps, for a state of depth4 vec4 and sums of cols4.
func (t GatedTile) KeptRows(depth4, cols4 uint32) uint32 {
	if !t.Keep {
		return 0
	}
	return min(t.share(depth4), t.registers(t.across(cols4), depth4, cols4)/(16*t.Vecs))
}

// Turn returns how many vec4 rows of W are read at once of those that are not kept.
func (t GatedTile) Turn(depth4, cols4 uint32) uint32 {
	if t.Vecs > 1 || t.Parts == 1 || t.share(depth4)-t.KeptRows(depth4, cols4) < 2*rnnTurn {
		return 1
	}
	return rnnTurn
}

// Lanes returns the lanes side by side that the tile takes on a graphics processor for a state of depth4 vec4 and sums of cols4, a multiple
// of 8 that a work group of at most most invocations has room for, and whether they suit each other. What is not kept is read in passes of as many columns.
func (t GatedTile) Lanes(depth4, cols4, most uint32) (lanes uint32, ok bool) {
	lanes, most = t.across(cols4), min(most, rnnInvocations)
	if t.Keep {
		return lanes, lanes*t.Parts <= most && t.KeptRows(depth4, cols4) > 0 && t.Parts <= depth4
	}
	sums := 4 * t.Vecs * (t.Rows + 4*t.Turn(depth4, cols4))
	most = min(most, rnnRegisterFile/(rnnOtherRegisters+sums))
	return min(lanes, most/t.Parts/8*8), t.Parts <= depth4 && most >= 8*t.Parts
}

// share returns the vec4 rows of W that an invocation multiplies by.
func (t GatedTile) share(depth4 uint32) uint32 { return (depth4 + t.Parts - 1) / t.Parts }

// across returns the lanes that take all columns at once.
func (t GatedTile) across(cols4 uint32) uint32 { return ((cols4+t.Vecs-1)/t.Vecs + 7) / 8 * 8 }

// registers returns those that an invocation has for W, in a work group of so many lanes and all parts: fewer backward, where there are more vec4 of the
// state than of the sums, and finishing a step takes more.
func (t GatedTile) registers(lanes, depth4, cols4 uint32) uint32 {
	most := uint32(64)
	if depth4 > cols4 {
		most = 48
	}
	return min(most, max(rnnRegisterFile/(lanes*t.Parts), rnnOtherRegisters)-rnnOtherRegisters)
}

// SharedBytes returns the shared memory that a work group of the tile takes for n units: the state, the sums and what is carried on.
func (t GatedTile) SharedBytes(n int, depth4, cols4 uint32) int {
	n4 := (uint32(n) + 3) / 4
	return 16 * int(t.Rows) * int(depth4+t.Parts*cols4+n4)
}

var _ = declare(&gatedPackKernel, combine([]GatedPackSpec{DefaultGatedPackSpec()},
	either(func(s *GatedPackSpec, on bool) { s.Forward = on }), either(func(s *GatedPackSpec, on bool) { s.HasBias = on }))...)

// gatedSizes are the sizes of the state that stand for all.
var gatedSizes = []int{64, 128, 256, 512}

// gatedExample is a tile at a size.
type gatedExample struct {
	GatedTile
	n                 uint32
	lanes, kept, turn uint32
}

// gatedExamples calls add with every tile for graphics processors that suits a size, forward or backward, of so many gates.
func gatedExamples(gates uint32, forward bool, add func(e gatedExample)) {
	for _, n := range gatedSizes {
		depth4, cols4 := uint32(n)/4+1, gates*uint32(n)/4
		if !forward {
			depth4, cols4 = cols4, uint32(n)/4
		}
		for _, t := range GatedHardware {
			if lanes, ok := t.Lanes(depth4, cols4, rnnInvocations); ok && t.SharedBytes(n, depth4, cols4) <= rnnShared {
				add(gatedExample{t, uint32(n), lanes, t.KeptRows(depth4, cols4), t.Turn(depth4, cols4)})
			}
		}
	}
}
