//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(normalizeReflectors)
	implementRepeated[gpu.NormalizeReflectors]()
}

func normalizeReflectors(r *recorder, o gpu.NormalizeReflectors) error {
	m, n := o.U.Rows, o.U.Cols
	lanes := uint32(r.rowLanes(n))
	k := shaders.NormalizeReflectors{
		Spec: &shaders.NormalizeReflectorsSpec{LocalSizeX: lanes, Team: lanes, Wide: wideRows(o.U) && r.inStep(o.U)},
		Push: shaders.NormalizeReflectorsPush{M: uint32(m), N: uint32(n), PerSet: uint32(o.PerSet()), StrideU: stride(o.U), StepU: r.step(o.U)},
	}
	k.U, k.Push.OffU = r.inOut(o.U)
	r.dispatch(k.Dispatch(r.each(foldGroups(m))))
	return nil
}
