//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(copyView)
	implementRepeated[gpu.Copy]()
}

func copyView(r *recorder, o gpu.Copy) error {
	if o.Transpose {
		return copyTransposed(r, o)
	}
	w := windowOf(o.Y, o.X)
	w.wide = w.wide && r.inStep(o.Y, o.X)
	k := shaders.Copy{
		Spec: &shaders.CopySpec{LocalSizeX: localSize, Flat: w.flat, Wide: w.wide},
		Push: shaders.CopyPush{Rows: w.rows, Cols: w.cols, StrideX: stride(o.X), StrideY: stride(o.Y), StepX: r.step(o.X), StepY: r.step(o.Y)},
	}
	k.X, k.Push.OffX = r.in(o.X)
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(r.each(w.grid())))
	return nil
}

func copyTransposed(r *recorder, o gpu.Copy) error {
	const tile = 32 // TILE of copy_transpose.comp
	k := shaders.CopyTranspose{Push: shaders.CopyTransposePush{
		Rows: uint32(o.Y.Rows), Cols: uint32(o.Y.Cols), StrideX: stride(o.X), StrideY: stride(o.Y),
	}}
	k.X, k.Push.OffX = r.in(o.X)
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(o.Y.Rows, tile) * ceilDiv(o.Y.Cols, tile))))
	return nil
}
