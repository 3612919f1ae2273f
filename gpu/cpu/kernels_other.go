//go:build !amd64 && !arm64

package cpu

// processorKernels returns the forms written for this processor: none.
func processorKernels() []*kernels { return nil }
