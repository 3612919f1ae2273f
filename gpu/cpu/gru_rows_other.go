//go:build !amd64 && !arm64

package cpu

func gruForwardUnits(_ *kernels, r *gruForwardRow, n int) { gruForwardPortable(r, n) }

func gruBackwardUnits(_ *kernels, r *gruBackwardRow, n int) { gruBackwardPortable(r, n) }
