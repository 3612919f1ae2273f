//go:build cgo

package vulkan

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// chain is a program of n dispatches, each after a barrier.
func chain(b, c *gpu.Buffer, n int) []gpu.Op {
	ops := make([]gpu.Op, n)
	for i := range ops {
		ops[i] = gpu.Copy{Y: b.All(), X: c.All()}
		b, c = c, b
	}
	return ops
}

// BenchmarkRun measures what a submission and a dispatch cost.
func BenchmarkRun(b *testing.B) {
	d := testDevice(b, gpu.Options{})
	x, y := newBuffer(b, d, "x", 64, gpu.DeviceOnly), newBuffer(b, d, "y", 64, gpu.DeviceOnly)
	for _, n := range []int{0, 1, 40, 1000} {
		b.Run(fmt.Sprintf("dispatches=%d", n), func(b *testing.B) {
			p := compile(b, d, gpu.CompileOptions{}, chain(x, y, n)...)
			b.ReportAllocs()
			for b.Loop() {
				run(b, p)
			}
		})
	}
}

// BenchmarkCompile measures what recording costs once the kernels are compiled.
func BenchmarkCompile(b *testing.B) {
	d := testDevice(b, gpu.Options{})
	x, y := newBuffer(b, d, "x", 64, gpu.DeviceOnly), newBuffer(b, d, "y", 64, gpu.DeviceOnly)
	for _, n := range []int{1, 40, 1000} {
		b.Run(fmt.Sprintf("dispatches=%d", n), func(b *testing.B) {
			for b.Loop() {
				compile(b, d, gpu.CompileOptions{}, chain(x, y, n)...).Close()
			}
		})
	}
}
