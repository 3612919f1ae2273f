//go:build cgo

package vulkan

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() {
	implement(sigmaBackward)
	implementRepeated[gpu.SigmaBackward]()
}

func sigmaBackward(r *recorder, o gpu.SigmaBackward) error {
	n, sums := o.S.Cols, !o.A.IsZero()
	wide := sums && wideRows(o.A, o.B) && r.inStep(o.A, o.B)
	across := n
	if wide {
		across /= 4
	}
	width, lanes := sigmaLocalSize, 1
	if sums {
		width = min(powerAbove(across), colDotWidth)
		lanes = max(1, r.teamSize()/width)
	}
	k := shaders.SigmaBackward{
		Spec: &shaders.SigmaBackwardSpec{LocalSizeX: uint32(width), LocalSizeY: uint32(lanes), Positive: o.Map == gpu.SigmaPositive,
			Wide: wide, HasDsigma: !o.DSigma.IsZero(), HasSums: sums},
		Push: shaders.SigmaBackwardPush{N: uint32(n), Rows: uint32(o.A.Rows), StrideDsigma: uint32(o.Apart()), StrideA: stride(o.A), StrideB: stride(o.B),
			Alpha: o.Alpha, Center: o.Center, Radius: o.Radius,
			StepDsigma: r.step(o.DSigma), StepA: r.step(o.A), StepB: r.step(o.B), StepS: r.step(o.S), StepDs: r.step(o.DS)},
	}
	k.Dsigma, k.Push.OffDsigma = r.in(o.DSigma)
	k.A, k.Push.OffA = r.in(o.A)
	k.B, k.Push.OffB = r.in(o.B)
	k.S, k.Push.OffS = r.in(o.S)
	k.DS, k.Push.OffDs = r.out(o.DS)
	r.dispatch(k.Dispatch(r.each(foldGroups(ceilDiv(across, width)))))
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
