package shaders

// The kernels are specialised for the size of the state, so the list of variants is open; these stand for it: all tiles as they are used in
// training, at sizes from small to the largest, and some with the other switches.
var (
	_ = declare(&gruForwardKernel, gruForwardExamples()...)
	_ = declare(&gruBackwardKernel, gruBackwardExamples()...)
	_ = declare(&gruForwardStepKernel, combine([]GRUForwardStepSpec{DefaultGRUForwardStepSpec()}, either(func(s *GRUForwardStepSpec, on bool) { s.Wide = on }),
		either(func(s *GRUForwardStepSpec, on bool) { s.HasBias = on }))...)
	_ = declare(&gruBackwardStepKernel, combine([]GRUBackwardStepSpec{DefaultGRUBackwardStepSpec()}, either(func(s *GRUBackwardStepSpec, on bool) { s.Wide = on }))...)
)

func gruForwardExamples() []GRUForwardSpec {
	var list []GRUForwardSpec
	gatedExamples(3, true, func(t GatedTile, lanes uint32, n int) {
		list = append(list, GRUForwardSpec{LocalSizeX: lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: uint32(n), SharedState: true, Keep: t.Keep,
			INPlace: true, HasBias: true, WithG: true, Vec: true})
	})
	odd := GRUForwardSpec{LocalSizeX: 96, LocalSizeY: 2, TM: 4, TN: 1, N: 127, SharedState: true, WithG: true}
	evaluation, buffer := odd, odd
	evaluation.WithG, evaluation.HasBias = false, true
	buffer.SharedState = false
	return append(list, odd, evaluation, buffer)
}

func gruBackwardExamples() []GRUBackwardSpec {
	var list []GRUBackwardSpec
	gatedExamples(3, false, func(t GatedTile, lanes uint32, n int) {
		list = append(list, GRUBackwardSpec{LocalSizeX: lanes, LocalSizeY: t.Parts, TM: t.Rows, TN: t.Vecs, N: uint32(n), SharedState: true, Keep: t.Keep,
			LastOnly: true, INPlace: true, Vec: true})
	})
	odd := GRUBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 2, TN: 1, N: 127, SharedState: true, WithDC: true, WithDh0: true}
	buffer := odd
	buffer.SharedState = false
	return append(list, odd, buffer)
}
