//go:build cgo

package vulkan

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

func init() { implement(noise) }

func noise(r *recorder, o gpu.Noise) error {
	k := shaders.Noise{
		Spec: &shaders.NoiseSpec{LocalSizeX: localSize, HasClock: !o.Clock.IsZero()},
		Push: shaders.NoisePush{
			Rows: uint32(o.Y.Rows), Cols: uint32(o.Y.Cols), StrideY: stride(o.Y), Mean: gpu.NoiseMean, Factor: o.Factor(),
			SeedLow: uint32(o.Seed), SeedHigh: uint32(o.Seed >> 32), StreamLow: uint32(o.Stream), StreamHigh: uint32(o.Stream >> 32),
			PartRows: uint32(o.Part.Rows), PartOf: uint32(o.Part.Of), PartFirst: uint32(o.Part.First),
		},
	}
	k.Clock, k.Push.OffClock = r.in(o.Clock)
	k.Y, k.Push.OffY = r.out(o.Y)
	r.dispatch(k.Dispatch(fold(o.Y.Rows * o.Y.Cols)))
	return nil
}
