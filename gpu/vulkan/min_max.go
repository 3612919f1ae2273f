//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(minMax) }

func minMax(r *recorder, o gpu.MinMax) error {
	w := windowOf(o.X)
	pieces, piece := reduceSplit(w.items())
	if pieces == 1 {
		r.minMaxPieces(o, w, 1, piece)
		return nil
	}
	part := r.scratch(2 * pieces)
	r.minMaxPieces(gpu.MinMax{Out: part, X: o.X}, w, pieces, piece)
	all := windowOf(part)
	r.minMaxPieces(gpu.MinMax{Out: o.Out, X: part}, all, 1, all.items())
	return nil
}

// minMaxPieces launches the kernel. Out holds two words a piece.
func (r *recorder) minMaxPieces(o gpu.MinMax, w window, pieces, piece int) {
	k := shaders.MinMax{
		Spec: &shaders.MinMaxSpec{LocalSizeX: uint32(r.teamSize()), Flat: w.flat, Wide: w.wide},
		Push: shaders.MinMaxPush{Rows: w.rows, Cols: w.cols, StrideX: stride(o.X), Piece: uint32(piece)},
	}
	k.X, k.Push.OffX = r.in(o.X)
	k.Out, k.Push.OffOut = r.out(o.Out)
	r.dispatch(k.Dispatch(uint32(pieces), 1, 1))
}
