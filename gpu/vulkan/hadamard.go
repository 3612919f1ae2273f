//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(hadamard) }

func hadamard(r *recorder, o gpu.Hadamard) error {
	w := windowOf(o.Y, o.A).byRow(o.Y)
	w.wide = w.wide && aligned(o.A, 0) && aligned(o.B, 0)
	k := shaders.Hadamard{
		Spec: &shaders.HadamardSpec{LocalSizeX: localSize, Wide: w.wide, HasA: !o.A.IsZero(), HasBeta: o.Beta != 0},
		Push: shaders.HadamardPush{Rows: w.rows, Cols: w.cols, Period: uint32(o.B.Rows), StrideA: stride(o.A), StrideB: stride(o.B), StrideY: stride(o.Y),
			Alpha: o.Alpha, Beta: o.Beta},
	}
	k.A, k.Push.OffA = r.in(o.A)
	k.B, k.Push.OffB = r.in(o.B)
	k.Y, k.Push.OffY = r.inOut(o.Y)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
