//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(activate) }

func activate(r *recorder, o gpu.Activate) error {
	w := windowOf(o.Y, o.X).forUnits(o.Y, o.Act)
	k := shaders.Activate{
		Spec: &shaders.ActivateSpec{LocalSizeX: localSize, Flat: w.flat, Wide: w.wide, Activation: uint32(o.Act.Kind)},
		Push: shaders.ActivatePush{Rows: w.rows, Cols: w.cols, StrideX: stride(o.X), StrideY: stride(o.Y), Slope: o.Act.Slope},
	}
	k.X, k.Push.OffX = r.in(o.X)
	k.Unit, k.Push.OffUnit = r.in(o.Act.Unit)
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}

// forUnits returns the window for an activation of v, with the columns told apart where they have parameters of their own.
func (w window) forUnits(v gpu.View, act gpu.Activation) window {
	if act.PerUnit() {
		w = w.byRow(v)
		w.wide = w.wide && startsAtFour(act.Unit)
	}
	return w
}
