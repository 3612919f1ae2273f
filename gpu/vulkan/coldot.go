//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(colDot) }

// The shape of the work of col_dot.comp. None of it depends on the device, so that a sum has the same order everywhere.
const (
	colDotWidth  = 64  // columns of a work group, where there are as many
	colDotGroups = 512 // work groups to cut tall matrices into
	colDotRows   = 16  // rows that an invocation adds at least before it is worth cutting
)

// colDot sums short matrices in one launch, tall ones in pieces and then over the pieces.
func colDot(r *recorder, o gpu.ColDot) error {
	width, lanes := colDotShape(o.A.Cols)
	blocks := ceilDiv(o.A.Cols, width)
	pieces := max(1, min(colDotGroups/max(blocks, 1), o.A.Rows/(lanes*colDotRows)))
	if pieces == 1 {
		r.colDotPieces(o, 1)
		return nil
	}
	r.note("%d pieces", pieces)
	part := r.scratch(pieces*o.A.Cols).Reshape(pieces, o.A.Cols)
	r.colDotPieces(gpu.ColDot{Out: part, A: o.A, B: o.B, Alpha: 1}, pieces)
	r.colDotPieces(gpu.ColDot{Out: o.Out, A: part, Alpha: o.Alpha, Beta: o.Beta}, 1)
	return nil
}

// colDotShape returns the columns of a work group and the rows that it reads side by side.
func colDotShape(cols int) (width, lanes int) {
	width = min(powerAbove(cols), colDotWidth)
	return width, localSize / width
}

// colDotPieces launches the kernel. Out is pieces × cols.
func (r *recorder) colDotPieces(o gpu.ColDot, pieces int) {
	rows, cols := o.A.Rows, o.A.Cols
	width, lanes := colDotShape(cols)
	k := shaders.ColDot{
		Spec: &shaders.ColDotSpec{LocalSizeX: uint32(width), LocalSizeY: uint32(lanes), HasB: !o.B.IsZero(), HasBeta: o.Beta != 0},
		Push: shaders.ColDotPush{
			Rows: uint32(rows), Cols: uint32(cols), Piece: uint32(ceilDiv(rows, pieces)),
			StrideA: stride(o.A), StrideB: stride(o.B), Alpha: o.Alpha, Beta: o.Beta,
		},
	}
	k.A, k.Push.OffA = r.in(o.A)
	k.B, k.Push.OffB = r.in(o.B)
	k.Out, k.Push.OffOut = r.inOut(o.Out)
	x, z, _ := foldGroups(ceilDiv(cols, width))
	r.dispatch(k.Dispatch(x, uint32(pieces), z))
}
