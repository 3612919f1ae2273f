//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(scaleReflectors) }

func scaleReflectors(r *recorder, o gpu.ScaleReflectors) error {
	m, n := o.U.Rows, o.U.Cols
	lanes := uint32(r.rowLanes(n))
	k := shaders.ScaleReflectors{
		Spec: &shaders.ScaleReflectorsSpec{LocalSizeX: lanes, Team: lanes, Wide: wideRows(o.U, o.Y)},
		Push: shaders.ScaleReflectorsPush{M: uint32(m), N: uint32(n), PerSet: uint32(o.PerSet()), StrideU: stride(o.U), StrideY: stride(o.Y)},
	}
	k.U, k.Push.OffU = r.in(o.U)
	k.Y, k.Push.OffY = r.out(o.Y)
	k.S, k.Push.OffS = r.out(o.S)
	r.dispatch(k.Dispatch(foldGroups(m)))
	return nil
}
