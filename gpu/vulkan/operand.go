//go:build cgo

package vulkan

import (
	"math/bits"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// localSize is the work group of kernels that handle one element an invocation.
const localSize = 256

// leastShared is the shared memory that every operation has a kernel for: the least that Vulkan requires.
const leastShared = 16 << 10

// teamSize is the most invocations that should work on one sum. On a processor, where an invocation that waits at a barrier is a
// coroutine that is switched out, it is what runs in one register of the processor.
func (r *recorder) teamSize() int {
	if r.limits.Software {
		return max(8, powerAbove(r.limits.Subgroup))
	}
	return localSize
}

// rowLanes returns how many invocations should share a row of n elements: about four elements each, a power of two.
func (r *recorder) rowLanes(n int) int {
	return min(max(powerAbove(ceilDiv(n, 4)), 32), r.teamSize())
}

// byAddress tells whether kernels that read by address are fast: where 8 lanes are a register of the processor, and what they have in common is
// loaded once.
func (l limits) byAddress() bool {
	return l.Software && l.Int64 && !l.SlowLoads && l.Subgroup == shaders.GatedSoftwareLanes
}

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

// window is the shape that an elementwise kernel runs over (lib/window.glsl): the rows × cols of its operands, or one row of all
// elements where none of them has a gap (flat), which saves the kernel a division; with four elements an invocation (wide) where
// all rows of all operands start at a multiple of four words.
type window struct {
	rows, cols uint32
	flat, wide bool
}

// windowOf returns the window of operands of one shape; absent ones do not count.
func windowOf(first gpu.View, others ...gpu.View) window {
	w := window{rows: 1, cols: uint32(first.Len()), flat: true, wide: true}
	for _, v := range append(others, first) {
		w.flat = w.flat && (v.IsZero() || v.Contiguous())
	}
	if !w.flat {
		w.rows, w.cols = uint32(first.Rows), uint32(first.Cols)
	}
	for _, v := range append(others, first) {
		w.wide = w.wide && (startsAtFour(v) && (w.flat || v.Stride%4 == 0))
	}
	return w
}

// startsAtFour tells whether v begins at a multiple of four words, as vec4 loads need. Absent operands do.
func startsAtFour(v gpu.View) bool { return v.IsZero() || v.Off%4 == 0 }

// wideRows tells whether kernels can read whole rows of all operands as vec4.
func wideRows(views ...gpu.View) bool {
	for _, v := range views {
		if v.Cols%4 != 0 || !startsAtFour(v) || v.Rows > 1 && v.Stride%4 != 0 {
			return false
		}
	}
	return true
}

// byRow returns the window with its rows and columns told apart, as kernels need that look at either.
func (w window) byRow(v gpu.View) window {
	if w.flat {
		w.rows, w.cols, w.flat = uint32(v.Rows), uint32(v.Cols), false
		w.wide = w.wide && (v.Cols%4 == 0 || v.Rows <= 1)
	}
	return w
}

// items is the number of invocations.
func (w window) items() int {
	if w.wide {
		return int(w.rows) * ceilDiv(int(w.cols), 4)
	}
	return int(w.rows) * int(w.cols)
}

// grid returns the work groups for one invocation an item, none for an empty window.
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
