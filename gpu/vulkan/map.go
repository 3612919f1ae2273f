//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(mapView) }

func mapView(r *recorder, o gpu.Map) error {
	w := windowOf(o.Y, o.X)
	k := shaders.Map{
		Spec: &shaders.MapSpec{LocalSizeX: localSize, Flat: w.flat, Wide: w.wide, Function: uint32(o.F)},
		Push: shaders.MapPush{Rows: w.rows, Cols: w.cols, StrideX: stride(o.X), StrideY: stride(o.Y), P: o.P},
	}
	k.X, k.Push.OffX = r.in(o.X)
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
