//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(gram)
	implement(symTriu)
}

// gramSmall is the most reflectors that gram.comp is used for.
const gramSmall = 32

// gram is a product of which the kernel then keeps the upper triangle. Blocks of rows leave out what lies left of the diagonal
// block, and the structural zeros: rows from i on and columns from i on need no element of U before i.
func gram(r *recorder, o gpu.Gram) error {
	m, n := o.U.Rows, o.U.Cols
	if m <= gramSmall {
		return gramDirect(r, o)
	}
	block := gramBlock(m)
	for i := 0; i < m; i += block {
		to, rest := min(i+block, m), o.U.ColRange(min(i, n), n)
		if err := r.lower(gpu.Gemm{
			C: o.S.RowRange(i, to).ColRange(i, m), A: rest.RowRange(i, to), B: rest.RowRange(i, m), TransB: true, Alpha: 1,
			Batch: o.Count(), StrideA: o.StrideU, StrideB: o.StrideU, StrideC: o.StrideS,
		}); err != nil {
			return err
		}
	}
	k := shaders.GramTriangle{
		Spec: &shaders.GramTriangleSpec{LocalSizeX: localSize},
		Push: shaders.GramTrianglePush{M: uint32(m), StrideS: stride(o.S), BatchS: uint32(o.StrideS)},
	}
	k.S.Region, k.Push.OffS = r.bindExtra(o.S, (o.Count()-1)*o.StrideS)
	x, y, _ := fold(m * m)
	r.dispatch(k.Dispatch(x, y, uint32(o.Count())))
	return nil
}

// gramDirect takes one launch.
func gramDirect(r *recorder, o gpu.Gram) error {
	const tile = 32 // TILE of gram.comp
	m, last := o.U.Rows, o.Count()-1
	k := shaders.Gram{
		Spec: &shaders.GramSpec{Wide: aligned(o.U, apart(o.StrideU, o.Count()))},
		Push: shaders.GramPush{M: uint32(m), N: uint32(o.U.Cols), StrideU: stride(o.U), StrideS: stride(o.S), BatchU: uint32(o.StrideU), BatchS: uint32(o.StrideS)},
	}
	k.U.Region, k.Push.OffU = r.bindExtra(o.U, last*o.StrideU)
	k.S.Region, k.Push.OffS = r.bindExtra(o.S, last*o.StrideS)
	r.dispatch(k.Dispatch(uint32(ceilDiv(m, tile)), uint32(ceilDiv(m, tile)), uint32(o.Count())))
	return nil
}

// gramBlock returns the rows of a block of a product of m × m elements: all where it is small, else a quarter, which needs 0.47 of
// the flops of all for m = n.
func gramBlock(m int) int {
	const least, align = 128, 64
	return max(least, ceilDiv(m, 4*align)*align)
}

func symTriu(r *recorder, o gpu.SymTriu) error {
	const tile = 32 // TILE of sym_triu.comp
	m := o.K.Rows
	k := shaders.SymTriu{
		Spec: &shaders.SymTriuSpec{INPlace: o.Y.Same(o.K)},
		Push: shaders.SymTriuPush{M: uint32(m), StrideK: stride(o.K), StrideY: stride(o.Y)},
	}
	k.K, k.Push.OffK = r.in(o.K)
	k.Y, k.Push.OffY = r.out(o.Y)
	tiles := ceilDiv(m, tile)
	r.dispatch(k.Dispatch(foldGroups(tiles * tiles)))
	return nil
}
