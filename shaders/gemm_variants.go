package shaders

// GemmTile is a tile of the kernels of products: LocalSizeX × LocalSizeY invocations of TM rows and TN vec4 columns each, and KC
// columns of K at a time.
type GemmTile struct {
	LocalSizeX, LocalSizeY uint32
	TM, TN, KC             uint32
	AShared                bool   // of gemm.comp: A passes through shared memory
	Buffers                uint32 // of gemm_staged.comp: tiles of each operand in shared memory; 0 for a tile of gemm.comp
	Parts                  uint32 // of gemm_staged.comp: parts of a work group, LocalSizeX × LocalSizeY each, that share out K; 0 for one
	Addressed              bool   // of gemm_addressed.comp: TM rows and TN vec4 columns are a work group's, KC rows of both operands are taken at once
}

// GemmSoftware are tiles of gemm.comp for drivers that run kernels on a processor: one row of lanes with many rows an
// invocation, because a value that a whole work group has in common is loaded once and neighbouring lanes' values one by one. The last one reads by
// address, which suits long products of a transposed A.
var GemmSoftware = []GemmTile{
	{LocalSizeX: 32, LocalSizeY: 1, TM: 32, TN: 4, KC: 128, AShared: true},
	{LocalSizeX: 32, LocalSizeY: 1, TM: 32, TN: 2, KC: 128, AShared: true},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 32, TN: 4, KC: 128, AShared: true},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 32, TN: 2, KC: 128, AShared: true},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 32, TN: 1, KC: 64},
	{LocalSizeX: 32, LocalSizeY: 1, TM: 8, TN: 1, KC: 64},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 8, TN: 1, KC: 64},
	{LocalSizeX: 32, LocalSizeY: 1, TM: 1, TN: 1, KC: 64},
	{LocalSizeX: GatedSoftwareLanes, LocalSizeY: 1, TM: 32, TN: 4, KC: 32, Addressed: true},
}

// GemmHardware are tiles of gemm_staged.comp, for graphics processors: from 128 × 128 elements, 8 × 8 an invocation, to 32 × 32, and a flat one
// for few rows. Small tiles come with parts, too: for sums that are long where tiles are few, without a launch that adds shares.
var GemmHardware = []GemmTile{
	{LocalSizeX: 16, LocalSizeY: 16, TM: 8, TN: 2, KC: 8, Buffers: 2},
	{LocalSizeX: 32, LocalSizeY: 8, TM: 8, TN: 1, KC: 16, Buffers: 1},
	{LocalSizeX: 16, LocalSizeY: 16, TM: 8, TN: 1, KC: 16, Buffers: 1},
	{LocalSizeX: 16, LocalSizeY: 8, TM: 8, TN: 1, KC: 16, Buffers: 1},
	{LocalSizeX: 8, LocalSizeY: 8, TM: 4, TN: 1, KC: 32, Buffers: 1},
	{LocalSizeX: 32, LocalSizeY: 4, TM: 4, TN: 1, KC: 16, Buffers: 1},
	{LocalSizeX: 8, LocalSizeY: 4, TM: 4, TN: 1, KC: 16, Buffers: 1, Parts: 8},
	{LocalSizeX: 8, LocalSizeY: 8, TM: 4, TN: 1, KC: 16, Buffers: 1, Parts: 4},
	{LocalSizeX: 8, LocalSizeY: 4, TM: 4, TN: 1, KC: 16, Buffers: 1, Parts: 4},
}

// Spec returns the constants of gemm.comp that follow from the tile.
func (t GemmTile) Spec() GemmSpec {
	return GemmSpec{LocalSizeX: t.LocalSizeX, LocalSizeY: t.LocalSizeY, TM: t.TM, TN: t.TN, KC: t.KC, AShared: t.AShared}
}

// Staged returns the constants of gemm_staged.comp that follow from the tile.
func (t GemmTile) Staged() GemmStagedSpec {
	return GemmStagedSpec{LocalSizeX: t.LocalSizeX, LocalSizeY: t.LocalSizeY, TM: t.TM, TN: t.TN, KC: t.KC, Buffers: t.Buffers, LocalSizeZ: max(t.Parts, 1)}
}

// Fetched returns how many vec4 of both operands an invocation of a staged tile holds on their way.
func (t GemmTile) Fetched() uint32 {
	all := t.LocalSizeX * t.LocalSizeY
	turns := func(size uint32) uint32 { return (size*t.KC/4 + all - 1) / all }
	return turns(t.LocalSizeY*t.TM) + turns(t.LocalSizeX*t.TN*4)
}

// Suits tells whether the tile has a kernel for an op(A) of m × k and an op(B) of k × n.
func (t GemmTile) Suits(m, n, k int, transA, transB bool) bool {
	return !t.Addressed || transA && !transB && m%4 == 0 && n%16 == 0 && k >= int(t.KC)
}

// AddressedSpec returns the constants of gemm_addressed.comp that follow from the tile.
func (t GemmTile) AddressedSpec() GemmAddressedSpec {
	return GemmAddressedSpec{LocalSizeX: t.LocalSizeX, Rows: t.LocalSizeY * t.TM, Cols: t.LocalSizeX * t.TN * 4, Turn: t.KC}
}

// SharedBytes returns the most shared memory that a work group of the tile takes, whichever operands are transposed.
func (t GemmTile) SharedBytes() int {
	if t.Addressed {
		return 0
	}
	if t.Buffers == 0 {
		spec := t.Spec()
		return gemmKernel.SharedBytesFor(spec.bits())
	}
	spec := t.Staged()
	spec.TransB = true
	return gemmStagedKernel.SharedBytesFor(spec.bits())
}

func gemmStagedTiles() (list []GemmStagedSpec) {
	for _, t := range GemmHardware {
		list = append(list, t.Staged())
	}
	return list
}

// The switches are too many to combine; these stand for them: the products of a training step, and a ragged one with all that
// can follow it.
var (
	_ = declare(&gemmStagedKernel, combine(gemmStagedTiles(), []func(*GemmStagedSpec){
		func(s *GemmStagedSpec) { s.AVec, s.BVec, s.CVec, s.KWhole = true, true, true, true },
		func(s *GemmStagedSpec) { s.AVec, s.BVec, s.CVec, s.KWhole, s.TransB = true, true, true, true, true },
		func(s *GemmStagedSpec) {
			s.AVec, s.BVec, s.CVec, s.KWhole, s.TransA, s.Split = true, true, true, true, true, true
		},
		func(s *GemmStagedSpec) { s.Act, s.HasScale, s.HasBias, s.HasBeta = 3, true, true, true },
		func(s *GemmStagedSpec) {
			s.AVec, s.BVec, s.CVec, s.KWhole, s.TransB, s.Trapezoid, s.Upper, s.HalfDiag = true, true, true, true, true, true, true, true
		},
		func(s *GemmStagedSpec) {
			s.AVec, s.BVec, s.CVec, s.KWhole, s.TransA, s.Trapezoid, s.HasDiag = true, true, true, true, true, true, true
		},
	})...)
	_ = declare(&gemmReduceKernel, combine([]GemmReduceSpec{DefaultGemmReduceSpec()},
		oneOf(func(s *GemmReduceSpec, v uint32) { s.Act = v }, 0, 3),
		either(func(s *GemmReduceSpec, on bool) {
			s.HasScale, s.HasBias, s.HasBeta, s.HasDiag, s.Upper, s.HalfDiag = on, on, on, on, on, on
		}))...)
)
