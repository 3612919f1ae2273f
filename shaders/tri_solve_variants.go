package shaders

// TriSolveBlock is the most rows that tri_solve.comp solves, the BLOCK that is used for many; TriSolveFew is that for few, which takes
// less shared memory.
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
	either(func(s *TriSolveSpec, on bool) { s.HasSums = on }),
	oneOf(func(s *TriSolveSpec, v uint32) {
		if !s.HasSums { // few rows have no others before them
			s.Block = v
		}
	}, TriSolveBlock, TriSolveFew))...)
