//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(gatherRows) }

func gatherRows(r *recorder, o gpu.Gather) error {
	if o.Table.Extent() == 0 { // every token is outside
		return r.lower(gpu.Fill{Y: o.Y})
	}
	w := windowOf(o.Y).byRow(o.Y)
	w.wide = w.wide && startsAtFour(o.Table) && (o.Table.Stride%4 == 0 || o.Table.Rows <= 1)
	k := shaders.Gather{
		Spec: &shaders.GatherSpec{LocalSizeX: localSize, Wide: w.wide},
		Push: shaders.GatherPush{Rows: w.rows, Cols: w.cols, Entries: uint32(o.Table.Rows), StrideTable: stride(o.Table), StrideY: stride(o.Y)},
	}
	k.Table, k.Push.OffTable = r.in(o.Table)
	k.Tokens, k.Push.OffTokens = r.in(o.Tokens)
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
