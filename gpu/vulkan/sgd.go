//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(sgd) }

func sgd(r *recorder, o gpu.SGD) error {
	w := windowOf(o.P, o.M, o.G)
	k := shaders.SGD{
		Spec: &shaders.SGDSpec{LocalSizeX: localSize, Wide: w.wide},
		Push: shaders.SGDPush{N: uint32(o.P.Cols), StrideGroups: stride(o.Groups)},
	}
	k.G, k.Push.OffG = r.in(o.G)
	k.Hyper, k.Push.OffHyper = r.in(o.Hyper)
	k.Norm, k.Push.OffNorm = r.in(o.Norm)
	k.Groups, k.Push.OffGroups = r.in(o.Groups)
	k.P, k.Push.OffP = r.inOut(o.P)
	k.M, k.Push.OffM = r.inOut(o.M)
	r.dispatch(k.Dispatch(w.grid()))
	return nil
}
