//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(svdTangent)
	implementRepeated[gpu.SVDTangent]()
}

func svdTangent(r *recorder, o gpu.SVDTangent) error {
	const tile = 32 // TILE of svd_tangent.comp
	n := o.M.Rows
	k := shaders.SVDTangent{Push: shaders.SVDTangentPush{
		N: uint32(n), StrideM: stride(o.M), StrideU: stride(o.OmegaU), StrideV: stride(o.OmegaV),
		StepM: r.step(o.M), StepSigma: r.step(o.Sigma), StepU: r.step(o.OmegaU), StepV: r.step(o.OmegaV),
	}}
	k.M, k.Push.OffM = r.in(o.M)
	k.Sigma, k.Push.OffSigma = r.in(o.Sigma)
	k.U, k.Push.OffU = r.out(o.OmegaU)
	k.V, k.Push.OffV = r.out(o.OmegaV)
	tiles := ceilDiv(n, tile)
	r.dispatch(k.Dispatch(r.each(foldGroups(tiles * tiles))))
	return nil
}
