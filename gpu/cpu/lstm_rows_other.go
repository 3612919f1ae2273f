//go:build !amd64 && !arm64

package cpu

func lstmForwardUnits(_ *kernels, r *lstmForwardRow, n int) { lstmForwardPortable(r, n) }

func lstmBackwardUnits(_ *kernels, r *lstmBackwardRow, n int) { lstmBackwardPortable(r, n) }
