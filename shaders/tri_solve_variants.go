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

// TriSolveStrips are the tiles of tri_solve_strip.comp for devices with so large work groups. An invocation that holds many rows holds fewer columns of them.
var TriSolveStrips = []TriSolveStripSpec{
	{LocalSizeX: 256, Cols: 8, Rows: 1},
	{LocalSizeX: 256, Cols: 8, Rows: 2},
	{LocalSizeX: 256, Cols: 8, Rows: 4},
	{LocalSizeX: 256, Cols: 4, Rows: 8},
	{LocalSizeX: 128, Cols: 8, Rows: 1},
	{LocalSizeX: 128, Cols: 8, Rows: 2},
	{LocalSizeX: 128, Cols: 8, Rows: 4},
	{LocalSizeX: 128, Cols: 4, Rows: 8},
}

var (
	_ = declare(&triSolveKernel, combine([]TriSolveSpec{TriSolveSoftware, TriSolveHardware},
		either(func(s *TriSolveSpec, on bool) { s.Transpose = on }),
		either(func(s *TriSolveSpec, on bool) { s.HasScale = on }),
		either(func(s *TriSolveSpec, on bool) { s.Trapezoid = on && !s.Transpose }),
		oneOf(func(s *TriSolveSpec, v uint32) { s.Block = v }, TriSolveBlock, TriSolveFew),
		either(func(s *TriSolveSpec, on bool) { // many rows, for a card that does not take the strips
			s.Many = on && s.Cols == TriSolveHardware.Cols && s.Block == TriSolveFew
			s.Vec = s.Many
		}))...)
	_ = declare(&triSolveStripKernel, combine(TriSolveStrips[:4],
		either(func(s *TriSolveStripSpec, on bool) { s.Transpose, s.Vec = on, !on }),
		either(func(s *TriSolveStripSpec, on bool) { s.HasScale, s.Trapezoid = on, on && !s.Transpose }),
		either(func(s *TriSolveStripSpec, on bool) { s.Add = on && s.Rows == 8 }))...)
)
