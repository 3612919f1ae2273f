package shaders

// The kernels are specialised for the size of the state, so the list of variants is open; these stand for it: all tiles as they are used in
// training, at sizes from small to the largest, and some with the other switches.
var (
	_ = declare(&lstmForwardKernel, lstmForwardExamples()...)
	_ = declare(&lstmBackwardKernel, lstmBackwardExamples()...)
	_ = declare(&lstmForwardStepKernel, combine([]LSTMForwardStepSpec{DefaultLSTMForwardStepSpec()}, either(func(s *LSTMForwardStepSpec, on bool) { s.Wide = on }))...)
	_ = declare(&lstmBackwardStepKernel, combine([]LSTMBackwardStepSpec{DefaultLSTMBackwardStepSpec()}, either(func(s *LSTMBackwardStepSpec, on bool) { s.Wide = on }))...)
)

func lstmForwardExamples() []LSTMForwardSpec {
	var list []LSTMForwardSpec
	gatedExamples(4, true, func(e gatedExample) {
		list = append(list, LSTMForwardSpec{LocalSizeX: e.lanes, LocalSizeY: e.Parts, TM: e.Rows, TN: e.Vecs, N: e.n, Extra4: 1, SharedState: true, Keep: e.kept, Turn: e.turn,
			Source: 2, Input: 1, WithG: true, Vec: true})
	})
	odd := LSTMForwardSpec{LocalSizeX: 128, LocalSizeY: 2, TM: 4, TN: 1, N: 127, Turn: 1, Extra4: 2, SharedState: true, Source: 2, Input: 4, WithG: true}
	inPlace, evaluation, buffer, masked := odd, odd, odd, odd
	inPlace.Extra4, inPlace.Source = 0, 3
	evaluation.Extra4, evaluation.Source, evaluation.WithG = 0, 1, false
	buffer.SharedState = false
	masked.Masked, masked.WithMasked = true, true
	return append(list, odd, inPlace, evaluation, buffer, masked)
}

func lstmBackwardExamples() []LSTMBackwardSpec {
	var list []LSTMBackwardSpec
	gatedExamples(4, false, func(e gatedExample) {
		list = append(list, LSTMBackwardSpec{LocalSizeX: e.lanes, LocalSizeY: e.Parts, TM: e.Rows, TN: e.Vecs, N: e.n, SharedState: true, Keep: e.kept, Turn: e.turn,
			LastOnly: true, INPlace: true, Vec: true})
	})
	odd := LSTMBackwardSpec{LocalSizeX: 32, LocalSizeY: 4, TM: 2, TN: 1, N: 127, Turn: 1, SharedState: true, WithDC: true, WithDh0: true}
	buffer, masked := odd, odd
	buffer.SharedState, masked.Masked = false, true
	return append(list, odd, buffer, masked)
}
