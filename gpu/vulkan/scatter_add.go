//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(scatterAdd) }

// scatterBlock is the number of rows of a dispatch: every work group looks through all of them.
const scatterBlock = 4096

func scatterAdd(r *recorder, o gpu.ScatterAdd) error {
	switch o.Beta {
	case 0:
		if err := r.lower(gpu.Fill{Y: o.Table}); err != nil {
			return err
		}
	case 1:
	default:
		if err := r.lower(gpu.Scale{Y: o.Table, X: o.Table, Alpha: o.Beta}); err != nil {
			return err
		}
	}
	if o.Table.Extent() == 0 || o.X.Extent() == 0 {
		return nil
	}
	turns := 2 // for a row, at most
	if !r.limits.Software {
		turns += ceilDiv(o.X.Cols, r.teamSize())
	}
	block := max(1, min(scatterBlock, r.limits.MaxLoop/turns-1))
	for lo := 0; lo < o.X.Rows; lo += block {
		hi := min(lo+block, o.X.Rows)
		r.scatterRows(o.Table, o.X.RowRange(lo, hi), o.Tokens.ColRange(lo, hi))
	}
	return nil
}

// scatterRows adds the rows of x to the table.
func (r *recorder) scatterRows(table, x, tokens gpu.View) {
	size := uint32(r.teamSize())
	k := shaders.ScatterAdd{
		Spec: &shaders.ScatterAddSpec{LocalSizeX: size, Team: size, BYColumns: r.limits.Software},
		Push: shaders.ScatterAddPush{Rows: uint32(x.Rows), Cols: uint32(x.Cols), Entries: uint32(table.Rows), StrideX: stride(x), StrideTable: stride(table)},
	}
	k.X, k.Push.OffX = r.in(x)
	k.Tokens, k.Push.OffTokens = r.in(tokens)
	k.Table, k.Push.OffTable = r.inOut(table)
	groups := x.Rows
	if r.limits.Software {
		groups = ceilDiv(x.Cols, int(size))
	}
	r.dispatch(k.Dispatch(foldGroups(groups)))
}
