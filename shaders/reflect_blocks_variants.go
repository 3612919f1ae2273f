package shaders

// ReflectBlocksTile is a tile of reflect_blocks.comp: Rows samples a work group of Lanes; an invocation has Own reflectors in the
// products with them, so that several share a sum out, with Depth vec4 columns a turn, and Vecs vec4 columns in the update, where it loads Turn times
// four reflectors at once. Without lanes it is a tile of reflect_blocks_subgroup.comp, whose work groups have those of a subgroup.
type ReflectBlocksTile struct{ Lanes, Rows, Own, Vecs, Depth, Turn uint32 }

// ReflectBlocksSoftware are tiles for drivers that run kernels on a processor, where many samples share the loads of a reflector;
// ReflectBlocksExchange are for those of them where every load of an invocation costs as much as dozens of multiplications; and
// ReflectBlocksHardware are tiles for graphics processors, where the batch has to be spread over many work groups.
var (
	ReflectBlocksSoftware = []ReflectBlocksTile{{8, 16, 4, 2, 2, 1}, {8, 8, 4, 2, 2, 1}, {8, 4, 4, 1, 2, 1}, {8, 1, 4, 1, 2, 1}}
	ReflectBlocksExchange = []ReflectBlocksTile{{Rows: 16}, {Rows: 8}, {Rows: 4}, {Rows: 1}}
	ReflectBlocksHardware = []ReflectBlocksTile{{128, 8, 4, 1, 1, 1}, {128, 4, 4, 1, 2, 2}, {128, 1, 4, 1, 4, 4}}
)

// The tiles of block_factors.comp and reflect_blocks_backward.comp, and on processors those for little work, which are not worth
// much time to compile. A tile of the gradient has at most as many rows as a block has reflectors.
var (
	BlockFactorsHardware          = BlockFactorsSpec{LocalSizeX: 128, TS: 4, Parts: 2}
	BlockFactorsSoftware          = BlockFactorsSpec{LocalSizeX: 8, TS: 16, Parts: 8, Apart: true}
	BlockFactorsSmall             = BlockFactorsSpec{LocalSizeX: 8, TS: 4, Parts: 8}
	ReflectBlocksBackwardHardware = ReflectBlocksBackwardSpec{LocalSizeX: 32, TM: 8, TN: 1}
	ReflectBlocksBackwardSoftware = ReflectBlocksBackwardSpec{LocalSizeX: 8, TM: 16, TN: 4}
	ReflectBlocksBackwardSmall    = ReflectBlocksBackwardSpec{LocalSizeX: 8, TM: 8, TN: 1}
)

// Parts returns how many invocations share a sum out for blocks of b reflectors, a power of two from 4 on.
func (t ReflectBlocksTile) Parts(b int) uint32 { return t.Lanes * min(t.Own, uint32(b)) / uint32(b) }

// The switches are too many to combine; these stand for them: all that occur in training with blocks of 32 reflectors and a state in
// shared memory, and others once: a state in a buffer, blocks of 16 and of 4, rows that are not aligned.
var (
	_ = declare(&reflectBlocksKernel, combine(reflectBlocksExamples(32, 512),
		either(func(s *ReflectBlocksSpec, on bool) { s.Transpose, s.Vec = on, true }),
		either(func(s *ReflectBlocksSpec, on bool) { s.History = on }))...)
	_ = declare(&reflectBlocksKernel, append(append(reflectBlocksExamples(32, 0), reflectBlocksExamples(16, 512)...), reflectBlocksExamples(4, 512)...)...)
	_ = declare(&blockFactorsKernel, combine([]BlockFactorsSpec{BlockFactorsHardware},
		oneOf(func(s *BlockFactorsSpec, v uint32) { s.Block = v }, 32, 16, 4),
		either(func(s *BlockFactorsSpec, on bool) { s.Vec = on }))...)
	// No graphics processor is given this one: with blocks of 32 it holds more than one has registers.
	_ = declare(&blockFactorsSubgroupKernel, BlockFactorsSubgroupSpec{LocalSizeX: 32, Block: 8, Vec: true})
	_ = declare(&reflectBlocksBackwardKernel, combine([]ReflectBlocksBackwardSpec{ReflectBlocksBackwardHardware},
		oneOf(func(s *ReflectBlocksBackwardSpec, v uint32) { s.Block, s.TM = v, min(s.TM, v) }, 32, 4),
		either(func(s *ReflectBlocksBackwardSpec, on bool) { s.Vec, s.Add = on, !on }))...)
)

// reflectBlocksExamples returns all tiles for blocks of b reflectors and rows of n elements (8 rows: 256), or with n = 0 longer ones than shared
// memory holds.
func reflectBlocksExamples(b int, n uint32) []ReflectBlocksSpec {
	var list []ReflectBlocksSpec
	for _, t := range ReflectBlocksHardware {
		list = append(list, ReflectBlocksSpec{LocalSizeX: t.Lanes, TM: t.Rows, TN: t.Vecs, Parts: t.Parts(b), Block: uint32(b), StateQuads: min(n/4*t.Rows, 512), Depth: t.Depth, Turn: t.Turn})
	}
	return list
}
