//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(sigma)
	implementRepeated[gpu.Sigma]()
}

const sigmaLocalSize = 64 // few elements: more work groups

func sigma(r *recorder, o gpu.Sigma) error {
	lo, hi := sigmaBand(o.Center, o.Radius)
	k := shaders.Sigma{
		Spec: &shaders.SigmaSpec{LocalSizeX: sigmaLocalSize, Positive: o.Map == gpu.SigmaPositive},
		Push: shaders.SigmaPush{N: uint32(o.S.Cols), Center: o.Center, Radius: o.Radius, Lo: lo, Hi: hi, StepS: r.step(o.S), StepOut: r.step(o.Out)},
	}
	k.S, k.Push.OffS = r.in(o.S)
	k.Out, k.Push.OffOut = r.out(o.Out)
	r.dispatch(k.Dispatch(r.each(foldGroups(ceilDiv(o.S.Cols, sigmaLocalSize)))))
	return nil
}
