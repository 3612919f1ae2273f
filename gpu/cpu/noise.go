package cpu

import (
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

func init() { implement(noise) }

func noise(_ *compiler, op gpu.Noise) (task, error) {
	y, clock, factor := bind(op.Y), bindInts(op.Clock), op.Factor()
	key := [2]uint32{uint32(op.Seed), uint32(op.Seed >> 32)}
	return task{plan: "elementwise", phases: elementwise(y.rows, y.cols, func(i, lo, hi int) {
		counter := [4]uint32{uint32(op.Part.Row(i)*y.cols + lo), 0, uint32(op.Stream), uint32(op.Stream >> 32)}
		if clock != nil {
			counter[1] = uint32(clock[0])
		}
		row := y.row(i)
		for j := lo; j < hi; j++ {
			sum := int32(-gpu.NoiseMean)
			for _, w := range philox.Block(key, counter) {
				sum += int32(w&0xffff) + int32(w>>16)
			}
			row[j] = float32(sum) * factor
			counter[0]++
		}
	})}, nil
}
