//go:build cgo

package vulkan

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

const sigmaLocalSize = 64 // few elements: more work groups

func init() {
	implement(sigma)
	implement(sigmaBackward)
}

func sigma(r *recorder, o gpu.Sigma) error {
	lo, hi := sigmaBand(o.Center, o.Radius)
	k := shaders.Sigma{
		Spec: &shaders.SigmaSpec{LocalSizeX: sigmaLocalSize, Positive: o.Map == gpu.SigmaPositive},
		Push: shaders.SigmaPush{N: uint32(o.S.Cols), Center: o.Center, Radius: o.Radius, Lo: lo, Hi: hi},
	}
	k.S, k.Push.OffS = r.in(o.S)
	k.Out, k.Push.OffOut = r.out(o.Out)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(o.S.Cols, sigmaLocalSize))))
	return nil
}

func sigmaBackward(r *recorder, o gpu.SigmaBackward) error {
	k := shaders.SigmaBackward{
		Spec: &shaders.SigmaBackwardSpec{LocalSizeX: sigmaLocalSize, Positive: o.Map == gpu.SigmaPositive},
		Push: shaders.SigmaBackwardPush{N: uint32(o.S.Cols), Center: o.Center, Radius: o.Radius},
	}
	k.Dsigma, k.Push.OffDsigma = r.in(o.DSigma)
	k.S, k.Push.OffS = r.in(o.S)
	k.DS, k.Push.OffDs = r.out(o.DS)
	r.dispatch(k.Dispatch(foldGroups(ceilDiv(o.S.Cols, sigmaLocalSize))))
	return nil
}

// sigmaBand returns the smallest and the largest fp32 number inside of [center − radius, center + radius].
func sigmaBand(center, radius float32) (lo, hi float32) {
	least, most := float64(center)-float64(radius), float64(center)+float64(radius)
	lo, hi = float32(least), float32(most)
	if float64(lo) < least {
		lo = math.Nextafter32(lo, float32(math.Inf(1)))
	}
	if float64(hi) > most {
		hi = math.Nextafter32(hi, float32(math.Inf(-1)))
	}
	return lo, hi
}
