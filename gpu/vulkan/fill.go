//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(fill) }

func fill(r *recorder, o gpu.Fill) error {
	w := windowOf(o.Y)
	k := shaders.Fill{
		Spec: &shaders.FillSpec{LocalSizeX: localSize, Flat: w.flat, Wide: w.wide},
		Push: shaders.FillPush{Rows: w.rows, Cols: w.cols, Stride: stride(o.Y), Value: o.Value},
	}
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
