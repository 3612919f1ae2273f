package shaders

// ReflectBlocksTile is a tile of reflect_blocks.comp: Rows samples a work group of Lanes; an invocation has Own reflectors in the
// products with them, so that several share a sum out, and Vecs vec4 columns in the update.
type ReflectBlocksTile struct{ Lanes, Rows, Own, Vecs uint32 }

// ReflectBlocksSoftware are tiles for drivers that run kernels on a processor, where a load costs as much as many
// multiplications, and ReflectBlocksHardware are tiles for graphics processors, where the batch has to be spread over many work groups.
var (
	ReflectBlocksSoftware = []ReflectBlocksTile{{8, 16, 16, 4}, {8, 8, 16, 4}, {8, 4, 8, 4}, {8, 1, 8, 4}}
	ReflectBlocksHardware = []ReflectBlocksTile{{128, 8, 4, 1}, {128, 4, 4, 1}, {128, 1, 4, 1}}
)

// Parts returns how many invocations share a sum out for blocks of b reflectors, a power of two from 4 on.
func (t ReflectBlocksTile) Parts(b int) uint32 { return t.Lanes * min(t.Own, uint32(b)) / uint32(b) }
