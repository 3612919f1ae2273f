package shaders

// LowRankTile is a tile of the recurrences with W as diagonal plus low rank: Rows sequences a work group, Vecs vec4 columns of the state
// an invocation at a time, Lanes × Parts invocations. A tile for graphics processors has Group invocations, which ForRank divides into lanes and
// parts. With Keep each keeps of its share of the factors as much as fits in registers through all time steps, and reads the rest in every step.
type LowRankTile struct {
	Rows, Vecs, Lanes, Parts uint32
	Group                    uint32
	Keep                     bool
}

// LowRankSoftware are tiles for drivers that run kernels on a processor; the state stays in the buffer it is kept in. LowRankHardware
// are tiles for graphics processors, with the state in shared memory.
var (
	LowRankSoftware = []LowRankTile{{32, 1, 8, 1, 0, false}, {16, 1, 8, 1, 0, false}, {8, 1, 8, 1, 0, false}, {4, 1, 8, 1, 0, false}, {1, 1, 8, 1, 0, false}}
	LowRankHardware = []LowRankTile{
		{4, 1, 0, 0, 256, true}, {2, 1, 0, 0, 512, true}, {2, 1, 0, 0, 256, true}, {2, 1, 0, 0, 128, true}, {1, 1, 0, 0, 512, true}, {1, 1, 0, 0, 256, true}, {1, 1, 0, 0, 128, true},
		{8, 1, 0, 0, 128, false}, {4, 1, 0, 0, 128, false}, {2, 1, 0, 0, 128, false}, {1, 1, 0, 0, 128, false},
	}
)

// Bounds of tiles: the number of vec4 of coefficients beyond which nothing shares out their sums, for which there would be no memory, the most lanes side by
// side, and the registers that hold factors.
const (
	lowRankShare         = 256
	lowRankLanes         = 32
	lowRankKeptRegisters = 80
)

// ForRank completes a tile for coefficients of r4 vec4: a power of two of lanes side by side that covers them, if it can, and the rest
// of the work group shares out the sum.
func (t LowRankTile) ForRank(r4 int) LowRankTile {
	switch {
	case t.Group == 0:
	case r4 > lowRankShare:
		t.Lanes, t.Parts = t.Group, 1
	default:
		t.Lanes = 1
		for t.Lanes < lowRankLanes && int(t.Lanes) < r4 {
			t.Lanes *= 2
		}
		t.Parts = t.Group / t.Lanes
	}
	return t
}

// Sharers returns how many invocations share out a sum over r4 vec4 of coefficients: those that a state of n4 vec4 leaves without a column.
func (t LowRankTile) Sharers(n4, r4 uint32) uint32 {
	sharers := uint32(1)
	for t.Keep && 2*sharers <= r4 && t.Lanes*t.Parts/(2*sharers)*t.Vecs >= n4 {
		sharers *= 2
	}
	return sharers
}

// Kept returns how many vec4 rows of its shares of the two factors an invocation keeps, a for the coefficients and b for the state, and how many it has.
func (t LowRankTile) Kept(n4, r4 uint32) (a, b, shareA, shareB uint32) {
	sharers, all := t.Sharers(n4, r4), t.Lanes*t.Parts
	shareA, shareB = (n4+t.Parts-1)/t.Parts, (r4+sharers-1)/sharers
	if !t.Keep {
		return 0, 0, shareA, shareB
	}
	most := uint32(lowRankKeptRegisters)
	if t.Rows > 2 {
		most = 64
	}
	rows := min(most, max(rnnRegisterFile/all, rnnOtherRegisters)-rnnOtherRegisters) / 16
	if t.Lanes >= r4 {
		a = min(shareA, rows)
	}
	if all/sharers*t.Vecs >= n4 {
		b = min(shareB, (rows-min(a, rows/2))/t.Vecs)
	}
	a = min(a, rows-b*t.Vecs)
	return a, b, shareA, shareB
}

var (
	_ = declare(&rnnLowRankPackKernel, DefaultRNNLowRankPackSpec())
	_ = declare(&rnnLowRankForwardKernel, lowRankForwardExamples()...)
	_ = declare(&rnnLowRankBackwardKernel, lowRankBackwardExamples()...)
)

// lowRankSizes are sizes of the state and ranks in vec4 that stand for all.
var lowRankSizes = [][2]uint32{{128, 8}, {256, 8}, {512, 8}, {512, 32}, {1024, 8}}

func lowRankForwardExamples() []RNNLowRankForwardSpec {
	var list []RNNLowRankForwardSpec
	for _, s := range lowRankSizes {
		for _, t := range LowRankHardware {
			t = t.ForRank(int(s[1]))
			a, b, _, _ := t.Kept(s[0]/4, s[1])
			one := RNNLowRankForwardSpec{LocalSizeX: t.Lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: s[0], R4: s[1], SharedState: true,
				KeepA: a, KeepB: b, Sharers: t.Sharers(s[0]/4, s[1]), Input: 1, Extras: true, Vec: true, Cvec: true, WithC: true, Act: 2}
			if rnnLowRankForwardKernel.SharedBytesFor(one.bits()) <= rnnShared {
				list = append(list, one)
			}
		}
	}
	odd := RNNLowRankForwardSpec{LocalSizeX: 4, LocalSizeY: 32, TM: 4, TN: 1, N: 127, R4: 3, SharedState: true, Sharers: 1, Act: 3}
	inPlace := odd
	inPlace.INPlace, inPlace.SharedState = true, false
	units := odd
	units.Act, units.Masked, units.WithMasked = 5, true, true
	apart := units
	apart.SharedState = false
	inStates, inStatesApart := units, apart
	inStates.WithMasked, inStates.StatesMasked, inStatesApart.WithMasked, inStatesApart.StatesMasked = false, true, false, true
	return append(list, odd, inPlace, units, apart, inStates, inStatesApart)
}

func lowRankBackwardExamples() []RNNLowRankBackwardSpec {
	var list []RNNLowRankBackwardSpec
	for _, s := range lowRankSizes {
		for _, t := range LowRankHardware {
			t = t.ForRank(int(s[1]))
			a, b, _, _ := t.Kept(s[0]/4, s[1])
			one := RNNLowRankBackwardSpec{LocalSizeX: t.Lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: s[0], R4: s[1], SharedState: true,
				KeepA: a, KeepB: b, Sharers: t.Sharers(s[0]/4, s[1]), LastOnly: true, Vec: true, Cvec: true, WithE: true, WithDh0: true, Act: 2}
			if rnnLowRankBackwardKernel.SharedBytesFor(one.bits()) <= rnnShared {
				list = append(list, one)
			}
		}
	}
	odd := RNNLowRankBackwardSpec{LocalSizeX: 4, LocalSizeY: 32, TM: 4, TN: 1, N: 127, R4: 3, SharedState: true, Sharers: 1, Act: 3}
	inPlace := odd
	inPlace.INPlace, inPlace.SharedState = true, false
	units := odd
	units.Act, units.WithDunit, units.Masked = 5, true, true
	return append(list, odd, inPlace, units)
}
