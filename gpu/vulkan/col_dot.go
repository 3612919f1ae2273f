//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(colDot) }

// The shape of the work of col_dot.comp.
const (
	colDotWidth  = 32      // invocations beside each other, where there are as many columns
	colDotGroups = 512     // work groups to cut tall matrices into
	colDotRows   = 16      // rows that an invocation adds at least before it is worth cutting,
	colDotLeast  = 1 << 14 // and elements of a piece
)

// colDot sums short matrices in one launch, tall ones in pieces and then over the pieces.
func colDot(r *recorder, o gpu.ColDot) error {
	s := r.colDotShapeOf(o)
	pieces := max(1, min(colDotGroups/max(s.blocks, 1), o.A.Rows/(s.lanes*colDotRows), o.A.Len()/colDotLeast))
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

// colDotShape is how a work group lies over the matrix: width × lanes invocations, of one or four columns each.
type colDotShape struct {
	wide                 bool
	width, lanes, blocks int // blocks of columns
}

func (r *recorder) colDotShapeOf(o gpu.ColDot) colDotShape {
	four := func(v gpu.View) bool { return v.IsZero() || startsAtFour(v) && (v.Stride%4 == 0 || v.Rows <= 1) }
	s := colDotShape{wide: o.A.Cols%4 == 0 && four(o.A) && four(o.B)}
	across := o.A.Cols
	if s.wide {
		across /= 4
	}
	s.width = min(powerAbove(across), colDotWidth)
	s.lanes = max(1, r.teamSize()/s.width)
	s.blocks = ceilDiv(across, s.width)
	return s
}

// colDotPieces launches the kernel. Out is pieces × cols.
func (r *recorder) colDotPieces(o gpu.ColDot, pieces int) {
	rows, s := o.A.Rows, r.colDotShapeOf(o)
	k := shaders.ColDot{
		Spec: &shaders.ColDotSpec{
			LocalSizeX: uint32(s.width), LocalSizeY: uint32(s.lanes), Wide: s.wide, HasB: !o.B.IsZero(), HasBeta: o.Beta != 0,
		},
		Push: shaders.ColDotPush{
			Rows: uint32(rows), Cols: uint32(o.A.Cols), Piece: uint32(ceilDiv(rows, pieces)),
			StrideA: stride(o.A), StrideB: stride(o.B), Alpha: o.Alpha, Beta: o.Beta,
		},
	}
	k.A, k.Push.OffA = r.in(o.A)
	k.B, k.Push.OffB = r.in(o.B)
	k.Out, k.Push.OffOut = r.inOut(o.Out)
	x, z, _ := foldGroups(s.blocks)
	r.dispatch(k.Dispatch(x, uint32(pieces), z))
}
