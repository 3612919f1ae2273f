//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(norm)
	implement(minMax)
}

// Pieces that Norm and MinMax cut a matrix into: of no fewer items (one or four elements) than this, and no more of them.
const (
	reducePiece  = 2048
	reducePieces = 512
)

// reduceAlone is the number of pieces' worth that is left in one: a second launch would cost about as much.
const reduceAlone = 16

// reduceSplit returns the number of pieces for a number of items and the items of a piece.
func reduceSplit(items int) (pieces, piece int) {
	pieces = 1
	if items > reduceAlone*reducePiece {
		pieces = min(ceilDiv(items, reducePiece), reducePieces)
	}
	return pieces, ceilDiv(items, pieces)
}

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
