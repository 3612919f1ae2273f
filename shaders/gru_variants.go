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
	gatedExamples(3, true, func(e gatedExample) {
		list = append(list, GRUForwardSpec{LocalSizeX: e.lanes, LocalSizeY: e.Parts, TM: e.Rows, TN: e.Vecs, N: e.n, SharedState: true, Keep: e.kept, Turn: e.turn,
			INPlace: true, HasBias: true, WithG: true, Vec: true})
	})
	odd := GRUForwardSpec{LocalSizeX: 96, LocalSizeY: 2, TM: 4, TN: 1, N: 127, Turn: 1, SharedState: true, WithG: true}
	evaluation, buffer, masked := odd, odd, odd
	evaluation.WithG, evaluation.HasBias = false, true
	buffer.SharedState = false
	masked.Masked, masked.WithMasked = true, true
	return append(list, odd, evaluation, buffer, masked)
}

func gruBackwardExamples() []GRUBackwardSpec {
	var list []GRUBackwardSpec
	gatedExamples(3, false, func(e gatedExample) {
		list = append(list, GRUBackwardSpec{LocalSizeX: e.lanes, LocalSizeY: e.Parts, TM: e.Rows, TN: e.Vecs, N: e.n, SharedState: true, Keep: e.kept, Turn: e.turn,
			LastOnly: true, INPlace: true, Vec: true})
	})
	odd := GRUBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 2, TN: 1, N: 127, Turn: 1, SharedState: true, WithDC: true, WithDh0: true}
	buffer, masked := odd, odd
	buffer.SharedState, masked.Masked = false, true
	return append(list, odd, buffer, masked)
}
