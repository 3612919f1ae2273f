package shaders

// TriSolveBlock is the most rows that tri_solve.comp solves as one block, and TriSolveFew the rows of a block of more, or of a system of no
// more, which takes less shared memory.
const (
	TriSolveBlock = 128
	TriSolveFew   = 32
)

// TriSolveSoftware suits drivers that run kernels on a processor, where a load that lanes do not have in common is dear and few lanes
// make a vector; TriSolveHardware suits graphics processors, where columns have to be spread over many lanes.
var (
	TriSolveSoftware = TriSolveSpec{LocalSizeX: 8, Cols: 4, Rows: 8, Block: TriSolveBlock}
	TriSolveHardware = TriSolveSpec{LocalSizeX: 32, Cols: 1, Rows: 16, Block: TriSolveBlock}
)

var _ = declare(&triSolveKernel, combine([]TriSolveSpec{TriSolveSoftware, TriSolveHardware},
	either(func(s *TriSolveSpec, on bool) { s.Transpose = on }),
	either(func(s *TriSolveSpec, on bool) { s.HasScale = on }),
	either(func(s *TriSolveSpec, on bool) { s.Trapezoid = on && !s.Transpose }),
	oneOf(func(s *TriSolveSpec, v uint32) { s.Block = v }, TriSolveBlock, TriSolveFew),
	either(func(s *TriSolveSpec, on bool) { // many rows, with the tile for cards: blocks in one launch, or one in each
		card := on && s.Cols == TriSolveHardware.Cols
		s.Many, s.Add = card && s.Block == TriSolveFew, card && s.Block == TriSolveBlock
		s.Vec = s.Many
	}))...)
