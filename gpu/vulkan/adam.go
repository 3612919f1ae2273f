//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(adam) }

func adam(r *recorder, o gpu.Adam) error {
	w := windowOf(o.P, o.M, o.V, o.G)
	k := shaders.Adam{
		Spec: &shaders.AdamSpec{LocalSizeX: localSize, Wide: w.wide},
		Push: shaders.AdamPush{N: uint32(o.P.Cols), StrideGroups: stride(o.Groups)},
	}
	k.G, k.Push.OffG = r.in(o.G)
	k.Hyper, k.Push.OffHyper = r.in(o.Hyper)
	k.Norm, k.Push.OffNorm = r.in(o.Norm)
	k.Groups, k.Push.OffGroups = r.in(o.Groups)
	k.P, k.Push.OffP = r.inOut(o.P)
	k.M, k.Push.OffM = r.inOut(o.M)
	k.V, k.Push.OffV = r.inOut(o.V)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
