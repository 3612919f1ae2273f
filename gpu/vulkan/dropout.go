//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(dropout) }

func dropout(r *recorder, o gpu.Dropout) error {
	threshold, scale := o.Threshold()
	k := shaders.Dropout{
		Spec: &shaders.DropoutSpec{LocalSizeX: localSize, Wide: aligned(o.Y, 0) && aligned(o.X, 0), HasX: !o.X.IsZero(), HasClock: !o.Clock.IsZero()},
		Push: shaders.DropoutPush{
			Rows: uint32(o.Y.Rows), Cols: uint32(o.Y.Cols), Period: uint32(o.Period), Threshold: threshold, Scale: scale,
			SeedLow: uint32(o.Seed), SeedHigh: uint32(o.Seed >> 32), StreamLow: uint32(o.Stream), StreamHigh: uint32(o.Stream >> 32),
			StrideX: stride(o.X), StrideY: stride(o.Y), PartRows: uint32(o.Part.Rows), PartOf: uint32(o.Part.Of), PartFirst: uint32(o.Part.First),
		},
	}
	k.X, k.Push.OffX = r.in(o.X)
	k.Clock, k.Push.OffClock = r.in(o.Clock)
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(fold(o.Y.Rows * ceilDiv(o.Y.Cols, gpu.DropoutLanes))))
	return nil
}
