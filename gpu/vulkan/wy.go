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

// gram is a product of which the kernel then keeps the upper triangle.
func gram(r *recorder, o gpu.Gram) error {
	m := o.U.Rows
	if m == 0 {
		return nil
	}
	if err := r.lower(gpu.Gemm{C: o.S, A: o.U, B: o.U, TransB: true, Alpha: 1}); err != nil {
		return err
	}
	k := shaders.GramTriangle{
		Spec: &shaders.GramTriangleSpec{LocalSizeX: localSize},
		Push: shaders.GramTrianglePush{M: uint32(m), StrideS: stride(o.S)},
	}
	k.S, k.Push.OffS = r.inOut(o.S)
	r.dispatch(k.Dispatch(fold(m * m)))
	return nil
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
