//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(activateBackward) }

func activateBackward(r *recorder, o gpu.ActivateBackward) error {
	w := windowOf(o.DX, o.DY, o.Y, o.DUnit).forUnits(o.DX, o.Act)
	k := shaders.ActivateBackward{
		Spec: &shaders.ActivateBackwardSpec{LocalSizeX: localSize, Flat: w.flat, Wide: w.wide, Activation: uint32(o.Act.Kind), HasDunit: !o.DUnit.IsZero()},
		Push: shaders.ActivateBackwardPush{
			Rows: w.rows, Cols: w.cols, StrideDy: stride(o.DY), StrideY: stride(o.Y), StrideDx: stride(o.DX), StrideDunit: stride(o.DUnit), Slope: o.Act.Slope,
		},
	}
	k.DY, k.Push.OffDy = r.in(o.DY)
	k.Y, k.Push.OffY = r.in(o.Y)
	k.Unit, k.Push.OffUnit = r.in(o.Act.Unit)
	k.DX, k.Push.OffDx = r.out(o.DX)
	k.DUnit, k.Push.OffDunit = r.out(o.DUnit)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
