//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(maskReflectors) }

func maskReflectors(r *recorder, o gpu.MaskReflectors) error {
	m := o.U.Rows
	k := shaders.MaskReflectors{
		Spec: &shaders.MaskReflectorsSpec{LocalSizeX: localSize, Vec: aligned(o.U, 0)},
		Push: shaders.MaskReflectorsPush{M: uint32(m), PerSet: uint32(o.PerSet()), StrideU: stride(o.U)},
	}
	k.U, k.Push.OffU = r.out(o.U)
	r.dispatch(k.Dispatch(fold(m * ceilDiv(o.PerSet(), 4))))
	return nil
}
