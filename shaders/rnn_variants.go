package shaders

// RNNTile is a tile of the kernels of the recurrence: Rows sequences a work group, Vecs vec4 columns an invocation, and Parts
// that share out the sum. The lanes follow from the size of the state.
type RNNTile struct{ Rows, Vecs, Parts uint32 }

// RNNSoftware are tiles for drivers that run kernels on a processor, where a value that all lanes have in common is cheap, and
// RNNHardware are tiles for graphics processors, where the batch has to be spread over many work groups.
var (
	RNNSoftware = []RNNTile{{32, 2, 1}, {32, 1, 1}, {16, 2, 1}, {16, 1, 1}, {8, 2, 1}, {8, 4, 1}, {4, 4, 1}, {1, 1, 1}}
	RNNHardware = []RNNTile{{8, 1, 4}, {8, 1, 2}, {8, 1, 1}, {4, 1, 8}, {4, 1, 4}, {4, 1, 2}, {4, 1, 1}, {4, 2, 1}, {2, 4, 1}, {1, 1, 1}}
)

// The recurrence's kernels are specialised for the size of the state, so the list of variants is open; these stand for it.
var (
	_ = declare(&rnnForwardKernel, rnnForwardExamples()...)
	_ = declare(&rnnBackwardKernel, rnnBackwardExamples()...)
)

// rnnExample is a tile at a size of the state, with the lanes that belong to it.
type rnnExample struct {
	RNNTile
	lanes, n uint32
}

var rnnExamples = []rnnExample{
	{RNNTile{32, 2, 1}, 16, 128}, {RNNTile{4, 1, 8}, 32, 128}, {RNNTile{8, 1, 4}, 32, 128}, {RNNTile{4, 1, 4}, 64, 256},
	{RNNTile{4, 1, 2}, 128, 512}, {RNNTile{4, 1, 1}, 256, 1024}, {RNNTile{4, 2, 1}, 256, 2048},
}

func rnnForwardExamples() []RNNForwardSpec {
	var list []RNNForwardSpec
	for _, e := range rnnExamples {
		list = append(list, RNNForwardSpec{LocalSizeX: e.lanes, LocalSizeY: e.Parts, TM: e.Rows, TN: e.Vecs, N: e.n, INPlace: true, Vec: true, Act: 1})
	}
	return append(list, RNNForwardSpec{LocalSizeX: 32, LocalSizeY: 8, TM: 4, TN: 1, N: 128, Input: 1, Vec: true, Act: 3})
}

func rnnBackwardExamples() []RNNBackwardSpec {
	var list []RNNBackwardSpec
	for _, e := range rnnExamples {
		list = append(list, RNNBackwardSpec{LocalSizeX: e.lanes, LocalSizeY: e.Parts, TM: e.Rows, TN: e.Vecs, N: e.n, LastOnly: true, Vec: true, Act: 1})
	}
	return list
}
