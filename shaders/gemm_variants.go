package shaders

// GemmSoftware are tiles of gemm.comp for drivers that run kernels on a processor: one row of lanes with many rows an
// invocation, because a value that a whole work group has in common is loaded once and neighbouring lanes' values one by one.
// An executor sets the switches that follow from the operands.
var GemmSoftware = []GemmSpec{
	{LocalSizeX: 32, LocalSizeY: 1, TM: 32, TN: 4, KC: 128, AShared: true},
	{LocalSizeX: 32, LocalSizeY: 1, TM: 32, TN: 2, KC: 128, AShared: true},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 32, TN: 4, KC: 128, AShared: true},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 32, TN: 2, KC: 128, AShared: true},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 32, TN: 1, KC: 64},
	{LocalSizeX: 32, LocalSizeY: 1, TM: 8, TN: 1, KC: 64},
	{LocalSizeX: 8, LocalSizeY: 1, TM: 8, TN: 1, KC: 64},
	{LocalSizeX: 32, LocalSizeY: 1, TM: 1, TN: 1, KC: 64},
}

// GemmHardware are tiles for graphics processors: square ones, both operands through shared memory, and flat ones for few rows.
var GemmHardware = []GemmSpec{
	{LocalSizeX: 16, LocalSizeY: 16, TM: 8, TN: 2, KC: 16, AShared: true, BShared: true},
	{LocalSizeX: 16, LocalSizeY: 16, TM: 4, TN: 1, KC: 16, AShared: true, BShared: true},
	{LocalSizeX: 8, LocalSizeY: 8, TM: 4, TN: 1, KC: 16, AShared: true, BShared: true},
	{LocalSizeX: 32, LocalSizeY: 4, TM: 1, TN: 1, KC: 16, AShared: true, BShared: true},
}

// The switches are too many to combine; these stand for them: the products of a training step, and a ragged one with all that
// can follow it.
var (
	_ = declare(&gemmKernel, combine(GemmHardware, []func(*GemmSpec){
		func(s *GemmSpec) { s.AVec, s.BVec, s.CVec, s.KWhole = true, true, true, true },
		func(s *GemmSpec) { s.AVec, s.CVec, s.KWhole, s.TransB = true, true, true, true },
		func(s *GemmSpec) { s.BVec, s.CVec, s.KWhole, s.TransA, s.Split = true, true, true, true, true },
		func(s *GemmSpec) { s.Act, s.HasScale, s.HasBias, s.HasBeta = 3, true, true, true },
		func(s *GemmSpec) {
			s.AVec, s.CVec, s.KWhole, s.TransB, s.Trapezoid, s.Upper = true, true, true, true, true, true
		},
		func(s *GemmSpec) {
			s.BVec, s.CVec, s.KWhole, s.TransA, s.Trapezoid, s.HasDiag = true, true, true, true, true, true
		},
	})...)
	_ = declare(&gemmReduceKernel, combine([]GemmReduceSpec{DefaultGemmReduceSpec()},
		oneOf(func(s *GemmReduceSpec, v uint32) { s.Act = v }, 0, 3),
		either(func(s *GemmReduceSpec, on bool) {
			s.HasScale, s.HasBias, s.HasBeta, s.HasDiag, s.Upper = on, on, on, on, on
		}))...)
)
