//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(timeSum) }

// timeSum adds up as many time steps at a time as the device may go around a loop and a kernel can see.
func timeSum(r *recorder, o gpu.TimeSum) error {
	steps, batch := o.Steps(), o.Y.Rows
	most := max(1, min(r.limits.MaxLoop-8, int((r.limits.MaxRange-memoryAlign)/4)/max(batch*o.X.Stride, 1)))
	beta := o.Beta
	for lo := 0; lo == 0 || lo < steps; lo += most {
		hi := min(lo+most, steps)
		r.timeSumPart(gpu.TimeSum{Y: o.Y, X: o.X.RowRange(lo*batch, hi*batch), Alpha: o.Alpha, Beta: beta}, hi-lo)
		beta = 1
	}
	return nil
}

func (r *recorder) timeSumPart(o gpu.TimeSum, steps int) {
	w := windowOf(o.Y).byRow(o.Y)
	k := shaders.TimeSum{
		Spec: &shaders.TimeSumSpec{LocalSizeX: localSize, Wide: w.wide && aligned(o.X, 0), HasBeta: o.Beta != 0},
		Push: shaders.TimeSumPush{Rows: w.rows, Cols: w.cols, Steps: uint32(steps), StrideX: stride(o.X), StrideY: stride(o.Y), Alpha: o.Alpha, Beta: o.Beta},
	}
	w.wide = k.Spec.Wide
	k.X, k.Push.OffX = r.in(o.X)
	k.Y, k.Push.OffY = r.inOut(o.Y)
	r.dispatch(k.Dispatch(w.grid()))
}
