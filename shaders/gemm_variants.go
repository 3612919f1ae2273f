package shaders

// GemmVariants are the tiles of gemm.comp that an executor picks from; it sets the switches that follow from the operands.
//
// GemmSoftware are tiles for drivers that run kernels on a processor: one row of lanes with many rows an invocation, because a
// value that a whole work group has in common is loaded once and neighbouring lanes' values one by one. GemmHardware are tiles
// for graphics processors: square ones, both operands through shared memory, and flat ones for few rows.
var (
	GemmSoftware = declare(&gemmKernel,
		GemmSpec{LocalSizeX: 32, LocalSizeY: 1, TM: 32, TN: 2, KC: 64, AShared: true},
		GemmSpec{LocalSizeX: 16, LocalSizeY: 1, TM: 32, TN: 2, KC: 64, AShared: true},
		GemmSpec{LocalSizeX: 8, LocalSizeY: 1, TM: 32, TN: 1, KC: 64, AShared: false},
		GemmSpec{LocalSizeX: 32, LocalSizeY: 1, TM: 8, TN: 1, KC: 64, AShared: false},
		GemmSpec{LocalSizeX: 8, LocalSizeY: 1, TM: 8, TN: 1, KC: 64, AShared: false},
		GemmSpec{LocalSizeX: 32, LocalSizeY: 1, TM: 1, TN: 1, KC: 64, AShared: false},
	)
	GemmHardware = declare(&gemmKernel,
		GemmSpec{LocalSizeX: 16, LocalSizeY: 16, TM: 8, TN: 2, KC: 16, AShared: true, BShared: true},
		GemmSpec{LocalSizeX: 16, LocalSizeY: 16, TM: 4, TN: 1, KC: 16, AShared: true, BShared: true},
		GemmSpec{LocalSizeX: 8, LocalSizeY: 8, TM: 4, TN: 1, KC: 32, AShared: true, BShared: true},
		GemmSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 1, TN: 1, KC: 32, AShared: true, BShared: true},
	)
)
