package shaders

// RNNTile is a tile of the kernels of the recurrence: Rows sequences a work group, Vecs vec4 columns an invocation, and Parts
// that share out the sum. With Keep each invocation keeps its share of W in registers through all time steps. The lanes follow
// from the size of the state.
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
		{8, 1, 4, true}, {4, 1, 8, true}, {4, 1, 4, true}, {2, 1, 16, true}, {2, 1, 8, true}, {1, 1, 16, true},
		{8, 1, 4, false}, {8, 1, 2, false}, {8, 1, 1, false}, {4, 1, 8, false}, {4, 1, 4, false}, {4, 1, 2, false}, {4, 1, 1, false},
		{4, 2, 1, false}, {2, 4, 1, false}, {1, 1, 1, false},
	}
)

// Bounds that every device meets whose work groups are not smaller still.
const (
	rnnInvocations = 256      // of a work group
	rnnShared      = 32 << 10 // bytes of shared memory
)

// Bounds of tiles that keep W: its share and the rest of what an invocation holds, in registers, without spilling; and all of a work
// group, which has to fit the register file of 64 Ki words that a compute unit has.
const (
	rnnKeptInvocations = 1024
	rnnKeptShare       = 64
	rnnOtherRegisters  = 48
	rnnRegisterFile    = 64 << 10
)

// suits tells whether a work group of so many lanes side by side can keep its share of W of n4 × n4 vec4 rows, or has no need to.
func (t RNNTile) suits(lanes, n4 uint32) bool {
	if !t.Keep {
		return lanes*t.Parts <= rnnInvocations
	}
	share := (n4 + t.Parts - 1) / t.Parts * 16 * t.Vecs
	return lanes*t.Parts <= rnnKeptInvocations && share <= rnnKeptShare && lanes*t.Parts*(share+rnnOtherRegisters) <= rnnRegisterFile
}

// Lanes returns the lanes that the tile takes for a state of n, a multiple of 8, and whether tile and state suit each other.
func (t RNNTile) Lanes(n int) (lanes uint32, ok bool) {
	n4 := (uint32(n) + 3) / 4
	lanes = ((n4+t.Vecs-1)/t.Vecs + 7) / 8 * 8
	if !t.suits(lanes, n4) || t.Parts > n4 {
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
				list = append(list, RNNForwardSpec{LocalSizeX: lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: uint32(n), Keep: t.Keep, INPlace: true, Vec: true, Act: 1})
			}
		}
	}
	return append(list,
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, Input: 1, Vec: true, Act: 3},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Input: 4, Act: 2},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Act: 3},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, Input: 1, Vec: true, Act: 4, Masked: true, WithMasked: true},
		RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Act: 5})
}

func rnnBackwardExamples() []RNNBackwardSpec {
	var list []RNNBackwardSpec
	for _, n := range rnnSizes {
		for _, t := range RNNHardware {
			if lanes, ok := t.Lanes(n); ok {
				list = append(list, RNNBackwardSpec{LocalSizeX: lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: uint32(n), Keep: t.Keep, LastOnly: true, Vec: true, Act: 1})
			}
		}
	}
	return append(list,
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, INPlace: true, Vec: true, Act: 3},
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Act: 3, WithDh0: true},
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 128, LastOnly: true, Vec: true, Act: 4, WithDunit: true, Masked: true},
		RNNBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 8, TN: 1, N: 127, Act: 5, WithDunit: true})
}
