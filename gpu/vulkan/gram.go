//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(gram)
	implementRepeated[gpu.Gram]()
}

// gramSmall is the most reflectors that gram.comp is used for.
const gramSmall = 32

// gram is a product that leaves out what lies below the diagonal and the structural zeros, and halves the diagonal.
func gram(r *recorder, o gpu.Gram) error {
	if o.U.Rows <= gramSmall {
		return gramDirect(r, o)
	}
	product := gramProduct(o)
	if err := product.Check(); err != nil {
		return err
	}
	return r.gemmProduct(product, true)
}

// gramProduct is the product U Uᵀ on and above the diagonal.
func gramProduct(o gpu.Gram) gpu.Gemm {
	return gpu.Gemm{
		C: o.S, A: o.U, B: o.U, TransB: true, Alpha: 1, TrapezoidA: true, Upper: true,
		Batch: o.Count(), StrideA: o.StrideU, StrideB: o.StrideU, StrideC: o.StrideS,
	}
}

// gramDirect takes one launch.
func gramDirect(r *recorder, o gpu.Gram) error {
	const tile = 32 // TILE of gram.comp
	m, last := o.U.Rows, o.Count()-1
	k := shaders.Gram{
		Spec: &shaders.GramSpec{Wide: aligned(o.U, apart(o.StrideU, o.Count())) && r.inStep(o.U)},
		Push: shaders.GramPush{M: uint32(m), N: uint32(o.U.Cols), StrideU: stride(o.U), StrideS: stride(o.S), BatchU: uint32(o.StrideU), BatchS: uint32(o.StrideS),
			Batch: uint32(o.Count()), JumpU: r.jump(o.U, o.Count(), o.StrideU), JumpS: r.jump(o.S, o.Count(), o.StrideS)},
	}
	k.U.Region, k.Push.OffU = r.bindExtra(o.U, last*o.StrideU)
	k.S.Region, k.Push.OffS = r.bindExtra(o.S, last*o.StrideS)
	r.dispatch(k.Dispatch(r.each(uint32(ceilDiv(m, tile)), uint32(ceilDiv(m, tile)), uint32(o.Count()))))
	return nil
}
