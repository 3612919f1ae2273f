//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(blockFactors) }

func blockFactors(r *recorder, o gpu.BlockFactors) error {
	m, n, b := o.U.Rows, o.U.Cols, o.A.Cols
	if m == 0 {
		return nil
	}
	spec := shaders.BlockFactorsHardware
	if r.limits.Software {
		if spec = shaders.BlockFactorsSoftware; uint32(b) < spec.TS || float64(n)*float64(m)*float64(b) < blocksSmallWork {
			spec = shaders.BlockFactorsSmall
		}
	}
	spec.Block, spec.Vec, spec.Apart = uint32(b), wideRows(o.U) && wideRows(o.A), spec.Apart && !r.limits.OneBody
	k := shaders.BlockFactors{
		Spec: &spec,
		Push: shaders.BlockFactorsPush{M: uint32(m), N: uint32(n), StrideU: stride(o.U), StrideA: stride(o.A)},
	}
	k.U, k.Push.OffU = r.in(o.U)
	k.A, k.Push.OffA = r.out(o.A)
	groups := uint32(ceilDiv(m, b))
	if !r.limits.exchanges() {
		r.dispatch(k.Dispatch(groups, 1, 1))
		return nil
	}
	exchanging := shaders.BlockFactorsSubgroup{
		Spec: &shaders.BlockFactorsSubgroupSpec{LocalSizeX: uint32(r.limits.Subgroup), Block: uint32(b), Vec: spec.Vec},
		Push: shaders.BlockFactorsSubgroupPush(k.Push),
		U:    k.U, A: k.A,
	}
	r.dispatch(exchanging.Dispatch(groups, 1, 1))
	return nil
}
