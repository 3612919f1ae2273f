//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(norm) }

func norm(r *recorder, o gpu.Norm) error {
	w := windowOf(o.X)
	pieces, piece := reduceSplit(w.items())
	var part gpu.View
	if pieces > 1 {
		part = r.scratch(4 * pieces)
	}
	sum := shaders.Norm{
		Spec: &shaders.NormSpec{LocalSizeX: uint32(r.teamSize()), Flat: w.flat, Wide: w.wide, Alone: pieces == 1},
		Push: shaders.NormPush{Rows: w.rows, Cols: w.cols, StrideX: stride(o.X), Piece: uint32(piece)},
	}
	var off uint32
	sum.X, sum.Push.OffX = r.in(o.X)
	sum.Part, off = r.out(part)
	sum.Push.OffPart = off / 4
	if pieces == 1 {
		sum.Out, sum.Push.OffOut = r.out(o.Out)
		r.dispatch(sum.Dispatch(1, 1, 1))
		return nil
	}
	sum.Out, _ = r.out(gpu.View{})
	r.dispatch(sum.Dispatch(uint32(pieces), 1, 1))

	finish := shaders.NormFinish{
		Spec: &shaders.NormFinishSpec{LocalSizeX: uint32(r.teamSize())},
		Push: shaders.NormFinishPush{Count: uint32(pieces)},
	}
	finish.Part, off = r.in(part)
	finish.Push.OffPart = off / 4
	finish.Out, finish.Push.OffOut = r.out(o.Out)
	r.dispatch(finish.Dispatch(1, 1, 1))
	return nil
}
