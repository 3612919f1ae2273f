//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// lossTeam returns the work group of a loss and how many of its invocations share a row of cols elements: one where rows are
// short or, on a processor, many, for then teams cost more in barriers than they save; all of them where rows are long.
func (r *recorder) lossTeam(rows, cols int) (local, team uint32) {
	size := r.teamSize()
	short := cols <= 32 || r.limits.Software && rows >= 16*size
	for turns := 4 * cols; turns/size >= r.limits.MaxLoop && size < localSize; { // turns of the kernels' loops over a row, and to spare
		size *= 2
	}
	switch {
	case short && 4*cols < r.limits.MaxLoop:
		return uint32(size), 1
	case cols <= 1024:
		return uint32(size), uint32(min(powerAbove(ceilDiv(cols, 16)), size))
	}
	return uint32(size), uint32(size)
}

// sumOfLosses adds up the columns of rows, if that is wanted.
func (r *recorder) sumOfLosses(sum, rows gpu.View) error {
	if sum.IsZero() {
		return nil
	}
	return r.lower(gpu.ColDot{Out: sum, A: rows, Alpha: 1})
}
