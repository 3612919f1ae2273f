//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(activateBackward) }

func activateBackward(r *recorder, o gpu.ActivateBackward) error {
	w := windowOf(o.DX, o.DY, o.Y)
	k := shaders.ActivateBackward{
		Spec: &shaders.ActivateBackwardSpec{LocalSizeX: localSize, Flat: w.flat, Wide: w.wide, Activation: uint32(o.Act.Kind)},
		Push: shaders.ActivateBackwardPush{
			Rows: w.rows, Cols: w.cols, StrideDy: stride(o.DY), StrideY: stride(o.Y), StrideDx: stride(o.DX), Slope: o.Act.Slope,
		},
	}
	k.DY, k.Push.OffDy = r.in(o.DY)
	k.Y, k.Push.OffY = r.in(o.Y)
	k.DX, k.Push.OffDx = r.out(o.DX)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
