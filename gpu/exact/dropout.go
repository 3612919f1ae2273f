package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

func init() { implement(dropout) }

func dropout(o gpu.Dropout) {
	x, clock := window(o.X).clone(), uint64(0)
	if !o.Clock.IsZero() {
		clock = uint64(math.Float32bits(float32(window(o.Clock).at(0, 0))))
	}
	threshold, _ := o.Threshold()
	scale := (1 << 16) / float64(threshold)
	if o.Unscaled {
		scale = 1
	}
	blocks, source := (o.Y.Cols+gpu.DropoutLanes-1)/gpu.DropoutLanes, philox.New(o.Seed, o.Stream)
	each(o.Y, func(i, j int, _ float64) float64 {
		value := x.or(i, j, 1)
		if o.Period > 0 {
			i %= o.Period
		}
		words := source.BlockAt(clock<<32 + uint64(o.Part.Row(i)*blocks+j/gpu.DropoutLanes))
		if words[j%gpu.DropoutLanes/2]>>(16*(j%2))&0xffff >= threshold {
			return 0
		}
		return value * scale
	})
}
