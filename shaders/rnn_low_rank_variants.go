package shaders

// LowRankTile is a tile of the recurrences with W as diagonal plus low rank: Rows sequences a work group, Vecs vec4 columns of the state
// an invocation at a time, Lanes × Parts invocations.
type LowRankTile struct{ Rows, Vecs, Lanes, Parts uint32 }

// LowRankSoftware are tiles for drivers that run kernels on a processor; the state stays in the buffer it is kept in. LowRankHardware
// are tiles for graphics processors, with the state in shared memory; the lanes follow from the rank.
var (
	LowRankSoftware = []LowRankTile{{32, 1, 8, 1}, {16, 1, 8, 1}, {8, 1, 8, 1}, {4, 1, 8, 1}, {1, 1, 8, 1}}
	LowRankHardware = []LowRankTile{{8, 1, 0, 0}, {4, 1, 0, 0}, {2, 1, 0, 0}, {1, 1, 0, 0}}
)

// lowRankInvocations is the work group of the tiles for graphics processors.
const lowRankInvocations = 128

// lowRankShare is the number of vec4 of coefficients beyond which nothing shares out their sums, for which there would be no memory.
const lowRankShare = 256

// ForRank completes a tile for coefficients of r4 vec4: a power of two of lanes side by side that covers them, if it can, and the rest
// of the work group shares out the sum.
func (t LowRankTile) ForRank(r4 int) LowRankTile {
	switch {
	case t.Lanes == 0 && r4 > lowRankShare:
		t.Lanes, t.Parts = lowRankInvocations, 1
	case t.Lanes == 0:
		t.Lanes = 1
		for t.Lanes < 32 && int(t.Lanes) < r4 {
			t.Lanes *= 2
		}
		t.Parts = lowRankInvocations / t.Lanes
	}
	return t
}

var (
	_ = declare(&rnnLowRankPackKernel, DefaultRNNLowRankPackSpec())
	_ = declare(&rnnLowRankForwardKernel, lowRankForwardExamples()...)
	_ = declare(&rnnLowRankBackwardKernel, lowRankBackwardExamples()...)
)

// lowRankSizes are sizes of the state and ranks in vec4 that stand for all.
var lowRankSizes = [][2]uint32{{128, 8}, {256, 8}, {512, 8}, {512, 32}, {1024, 8}}

// lowRankShared is the shared memory in bytes that every device has.
const lowRankShared = 16 << 10

func lowRankForwardExamples() []RNNLowRankForwardSpec {
	var list []RNNLowRankForwardSpec
	for _, s := range lowRankSizes {
		for _, t := range LowRankHardware {
			t = t.ForRank(int(s[1]))
			one := RNNLowRankForwardSpec{LocalSizeX: t.Lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: s[0], R4: s[1], SharedState: true,
				Input: 1, Extras: true, Vec: true, Cvec: true, WithC: true, Act: 2}
			if rnnLowRankForwardKernel.SharedBytesFor(one.bits()) <= lowRankShared {
				list = append(list, one)
			}
		}
	}
	odd := RNNLowRankForwardSpec{LocalSizeX: 4, LocalSizeY: 32, TM: 4, TN: 1, N: 127, R4: 3, SharedState: true, Act: 3}
	inPlace := odd
	inPlace.INPlace, inPlace.SharedState = true, false
	units := odd
	units.Act, units.Masked, units.WithMasked = 5, true, true
	return append(list, odd, inPlace, units)
}

func lowRankBackwardExamples() []RNNLowRankBackwardSpec {
	var list []RNNLowRankBackwardSpec
	for _, s := range lowRankSizes {
		for _, t := range LowRankHardware {
			t = t.ForRank(int(s[1]))
			one := RNNLowRankBackwardSpec{LocalSizeX: t.Lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: s[0], R4: s[1], SharedState: true,
				LastOnly: true, Vec: true, Cvec: true, WithE: true, WithDh0: true, Act: 2}
			if rnnLowRankBackwardKernel.SharedBytesFor(one.bits()) <= lowRankShared {
				list = append(list, one)
			}
		}
	}
	odd := RNNLowRankBackwardSpec{LocalSizeX: 4, LocalSizeY: 32, TM: 4, TN: 1, N: 127, R4: 3, SharedState: true, Act: 3}
	inPlace := odd
	inPlace.INPlace, inPlace.SharedState = true, false
	units := odd
	units.Act, units.WithDunit, units.Masked = 5, true, true
	return append(list, odd, inPlace, units)
}
