package exact

import "github.com/spectral-gpu/spectral-gpu/gpu"

// lowerRecurrence finds the form of an operation over all time steps.
func lowerRecurrence(op gpu.Op) (run func(), ok bool) {
	switch op := op.(type) {
	case gpu.LSTMForward:
		return func() { lstmForward(op) }, true
	case gpu.LSTMBackward:
		return func() { lstmBackward(op) }, true
	case gpu.GRUForward:
		return func() { gruForward(op) }, true
	case gpu.GRUBackward:
		return func() { gruBackward(op) }, true
	case gpu.RNNGradient:
		return func() { rnnGradient(op) }, true
	}
	return nil, false
}
