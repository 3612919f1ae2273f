package exact

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

func init() { implement(noise) }

func noise(o gpu.Noise) {
	clock := uint64(0)
	if !o.Clock.IsZero() {
		clock = uint64(math.Float32bits(float32(window(o.Clock).at(0, 0))))
	}
	source, factor := philox.New(o.Seed, o.Stream), float64(o.Factor())
	each(o.Y, func(i, j int, _ float64) float64 {
		sum := -gpu.NoiseMean
		for _, w := range source.BlockAt(clock<<32 + uint64(o.Part.Row(i)*o.Y.Cols+j)) {
			sum += int(w&0xffff) + int(w>>16)
		}
		return float64(sum) * factor
	})
}
