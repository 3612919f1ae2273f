package shaders

// RNNTile is a tile of the kernels of the recurrence: Rows sequences a work group, Vecs vec4 columns an invocation, and Parts
// that share out the sum. With Keep each invocation keeps of its share of W as much as fits in registers through all time steps, and
// reads the rest in every step. The lanes follow from the size of the state.
type RNNTile struct {
	Rows, Vecs, Parts uint32
	Keep              bool
}

// RNNSoftware are tiles for drivers that run kernels on a processor, where a value that all lanes have in common is cheap, and
// RNNHardware are tiles for graphics processors, where the batch has to be spread over many work groups.
var (
	RNNSoftware = []RNNTile{
		{32, 4, 1, false}, {32, 2, 1, false}, {32, 1, 1, false}, {16, 4, 1, false}, {16, 2, 1, false}, {8, 4, 1, false},
		{8, 2, 1, false}, {8, 1, 1, false}, {4, 4, 1, false}, {4, 1, 1, false}, {1, 1, 1, false},
	}
	RNNHardware = []RNNTile{
		{8, 1, 4, true}, {4, 1, 8, true}, {4, 1, 4, true}, {2, 1, 16, true}, {2, 1, 8, true}, {1, 1, 16, true}, {1, 1, 8, true},
		{8, 1, 4, false}, {8, 1, 2, false}, {8, 1, 1, false}, {4, 1, 8, false}, {4, 1, 4, false}, {4, 1, 2, false}, {4, 1, 1, false},
		{4, 2, 1, false}, {2, 4, 1, false}, {1, 1, 1, false},
	}
)

// Bounds that tiles stay within, whatever a device allows.
const (
	rnnInvocations = 1024     // of a work group
	rnnShared      = 32 << 10 // bytes of shared memory
)

// Bounds of tiles that keep W: of what an invocation holds without spilling, and of all of a work group, which has to fit the register
// file of 64 Ki words that a compute unit has.
const (
	rnnKeptRegisters  = 80 // for W; less of a tile whose sums take many
	rnnOtherRegisters = 48
	rnnRegisterFile   = 64 << 10
)

// rnnTurn is how many vec4 rows of W an invocation of a graphics processor reads at once where it does not keep them: loads take long, and only those
// on their way at the same time hide each other.
const rnnTurn = 2

// KeptRows returns how many vec4 rows of its share of W an invocation keeps, of those of a state of n.
func (t RNNTile) KeptRows(n int) uint32 {
	n4 := (uint32(n) + 3) / 4
	if !t.Keep {
		return 0
	}
	most := uint32(rnnKeptRegisters)
	switch {
	case t.Rows > 4 && t.share(n4)*16*t.Vecs > 64:
		most = 32
	case t.Rows > 2:
		most = 64
	}
	registers := min(most, max(rnnRegisterFile/(t.lanes(n4)*t.Parts), rnnOtherRegisters)-rnnOtherRegisters)
	return min(t.share(n4), registers/(16*t.Vecs))
}

// Turn returns how many vec4 rows of W are read at once of those that are not kept.
func (t RNNTile) Turn(n int) uint32 {
	left := t.share((uint32(n)+3)/4) - t.KeptRows(n)
	if t.Vecs > 1 || t.Parts == 1 || left < 2*rnnTurn {
		return 1
	}
	return rnnTurn
}

// share returns the vec4 rows of W that an invocation multiplies by.
func (t RNNTile) share(n4 uint32) uint32 { return (n4 + t.Parts - 1) / t.Parts }

// lanes returns the lanes side by side, a multiple of 8.
func (t RNNTile) lanes(n4 uint32) uint32 { return ((n4+t.Vecs-1)/t.Vecs + 7) / 8 * 8 }

// Lanes returns the lanes that the tile takes for a state of n, a multiple of 8, and whether tile and state suit each other.
func (t RNNTile) Lanes(n int) (lanes uint32, ok bool) {
	n4 := (uint32(n) + 3) / 4
	lanes = t.lanes(n4)
	if lanes*t.Parts > rnnInvocations || t.Parts > n4 || t.Keep && t.KeptRows(n) == 0 {
		return lanes, false
	}
	spec := RNNForwardSpec{LocalSizeX: lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: uint32(n)}
	return lanes, rnnForwardKernel.SharedBytesFor(spec.bits()) <= rnnShared
}

// The recurrence's kernels are specialised for the size of the state, so the list of variants is open; these stand for it: all
// tiles as they are used in training, at sizes from small to the largest, and two with the other switches.
var (
	_ = declare(&rnnForwardKernel, rnnForwardExamples()...)
	_ = declare(&rnnBackwardKernel, rnnBackwardExamples()...)
	_ = declare(&rnnGradientKernel, combine([]RNNGradientSpec{{LocalSizeX: 32, LocalSizeY: 8, TN: 1}},
		oneOf(func(s *RNNGradientSpec, v uint32) { s.Input = v }, 0, 1, 4),
		either(func(s *RNNGradientSpec, on bool) { s.Vec = on }), either(func(s *RNNGradientSpec, on bool) { s.Diagonal = on }))...)
	_ = declare(&rnnGradientReduceKernel, combine([]RNNGradientReduceSpec{DefaultRNNGradientReduceSpec()},
		either(func(s *RNNGradientReduceSpec, on bool) { s.HasBias = on }))...)
	_ = declare(&rnnPackKernel, combine([]RNNPackSpec{DefaultRNNPackSpec()}, either(func(s *RNNPackSpec, on bool) { s.Transpose = on }))...)
)

// rnnSizes are the sizes of the state that stand for all.
var rnnSizes = []int{128, 256, 512, 1024}

func rnnForwardExamples() []RNNForwardSpec {
	var list []RNNForwardSpec
	for _, n := range rnnSizes {
		for _, t := range RNNHardware {
			if lanes, ok := t.Lanes(n); ok {
				list = append(list, RNNForwardSpec{LocalSizeX: lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: uint32(n), Keep: t.KeptRows(n), Turn: t.Turn(n), INPlace: true, Vec: true, Act: 1})
			}
		}
	}
	return append(list,
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, Turn: 1, Input: 1, Vec: true, Act: 3},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Turn: 1, Input: 4, Act: 2},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Turn: 1, Act: 3},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, Turn: 1, Input: 1, Vec: true, Act: 4, Masked: true, WithMasked: true},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, Turn: 1, Input: 1, Vec: true, Act: 1, Masked: true, StatesMasked: true},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Turn: 1, Act: 5})
}

func rnnBackwardExamples() []RNNBackwardSpec {
	var list []RNNBackwardSpec
	for _, n := range rnnSizes {
		for _, t := range RNNHardware {
			if lanes, ok := t.Lanes(n); ok {
				list = append(list, RNNBackwardSpec{LocalSizeX: lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: uint32(n), Keep: t.KeptRows(n), Turn: t.Turn(n), LastOnly: true, Vec: true, Act: 1})
			}
		}
	}
	return append(list,
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, Turn: 1, INPlace: true, Vec: true, Act: 3},
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Turn: 1, Act: 3, WithDh0: true},
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, Turn: 1, LastOnly: true, Vec: true, Act: 4, WithDunit: true, Masked: true},
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Turn: 1, Act: 5, WithDunit: true})
}
