//go:build cgo

package vulkan

import (
	"math/bits"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// localSize is the work group of kernels that handle one element an invocation.
const localSize = 256

// in binds v as a buffer that a kernel reads; the number goes into the push constant off_NAME.
func (r *recorder) in(v gpu.View) (shaders.In, uint32) {
	region, off := r.bind(v)
	return shaders.In{Region: region}, off
}

// out binds v as a buffer that a kernel writes.
func (r *recorder) out(v gpu.View) (shaders.Out, uint32) {
	region, off := r.bind(v)
	return shaders.Out{Region: region}, off
}

// inOut binds v as a buffer that a kernel reads and writes.
func (r *recorder) inOut(v gpu.View) (shaders.InOut, uint32) {
	region, off := r.bind(v)
	return shaders.InOut{Region: region}, off
}

// window is the shape that an elementwise kernel runs over: the rows × cols of its operands, or one row of all elements where
// none of them has a gap, which saves the kernel a division (lib/window.glsl).
type window struct {
	rows, cols uint32
	flat       bool
}

// windowOf returns the window of operands of one shape; absent ones do not count.
func windowOf(first gpu.View, others ...gpu.View) window {
	for _, v := range append(others, first) {
		if !v.IsZero() && !v.Contiguous() {
			return window{uint32(first.Rows), uint32(first.Cols), false}
		}
	}
	return window{1, uint32(first.Len()), true}
}

// items is the number of elements.
func (w window) items() int { return int(w.rows) * int(w.cols) }

// grid returns the work groups of one invocation an element, none for an empty window.
func (w window) grid() (x, y, z uint32) { return fold(w.items()) }

// fold is shaders.Fold with no work groups for no items.
func fold(items int) (x, y, z uint32) {
	if items == 0 {
		return 0, 0, 0
	}
	return shaders.Fold(items, localSize)
}

// foldGroups folds a number of work groups over x and y.
func foldGroups(groups int) (x, y, z uint32) {
	if groups == 0 {
		return 0, 0, 0
	}
	return shaders.Fold(groups, 1)
}

// stride returns the words from one row of v to the next.
func stride(v gpu.View) uint32 { return uint32(v.Stride) }

// ceilDiv returns ⌈a/b⌉.
func ceilDiv(a, b int) int { return (a + b - 1) / b }

// powerAbove returns the least power of two that is at least n, and 1 for n below 1.
func powerAbove(n int) int {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(n-1))
}
