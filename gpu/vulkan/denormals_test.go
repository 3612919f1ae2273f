//go:build cgo

package vulkan

import (
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/internal/denormals"
)

// TestSoftwareDriversFlushDenormals verifies that a driver on the processor does, so that its time does not depend on the numbers either.
func TestSoftwareDriversFlushDenormals(t *testing.T) {
	dev := testDevice(t, gpu.Options{})
	if dev.Info().Kind != gpu.SoftwareGPU || !denormals.Supported {
		t.Skip("not a software driver, or not a processor whose mode can be set")
	}
	const n = 1 << 18 // work for all threads of the driver
	b := newBuffer(t, dev, "denormals", 2*n, gpu.DeviceOnly)
	x := make([]float32, 2*n)
	for i := range n {
		x[i] = []float32{0x1p-126, 0x1p-127, -0x1p-149}[i%3]
	}
	if err := b.Write(0, x); err != nil {
		t.Fatal(err)
	}
	for _, alpha := range []float32{0.5, 0x1p100} {
		run(t, compile(t, dev, gpu.CompileOptions{}, gpu.Scale{Y: b.View(n, 1, n), X: b.View(0, 1, n), Alpha: alpha}))
		for i, got := range read(t, b)[n:] {
			want := float32(0)
			if i%3 == 0 && alpha > 1 {
				want = 0x1p-26
			}
			if got != want {
				t.Fatalf("%g · %g = %g, want %g", alpha, x[i], got, want)
			}
		}
	}
}
