package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

func init() { implement(dropout) }

func dropout(_ *compiler, op gpu.Dropout) (task, error) {
	y, x, clock := bind(op.Y), bind(op.X), bindInts(op.Clock)
	threshold, scale := op.Threshold()
	key, stream := [2]uint32{uint32(op.Seed), uint32(op.Seed >> 32)}, [2]uint32{uint32(op.Stream), uint32(op.Stream >> 32)}
	blocks := ceilDiv(y.cols, gpu.DropoutLanes)
	if y.cols == 0 {
		return task{plan: "empty"}, nil
	}
	return task{plan: "rows", phases: byRows(y.rows, 4*y.cols, func(i int) {
		counter := [4]uint32{uint32(i * blocks), 0, stream[0], stream[1]}
		if op.Period > 0 {
			counter[0] = uint32(i % op.Period * blocks)
		}
		if clock != nil {
			counter[1] = uint32(clock[0])
		}
		out, in := y.row(i), []float32(nil)
		if !x.absent() {
			in = x.row(i)
		}
		for lo := 0; lo < len(out); lo += gpu.DropoutLanes {
			words := philox.Block(key, counter)
			counter[0]++
			hi := min(lo+gpu.DropoutLanes, len(out))
			if in == nil {
				dropOnes(out[lo:hi], &words, threshold, scale)
			} else {
				drop(out[lo:hi], in[lo:hi], &words, threshold, scale)
			}
		}
	})}, nil
}

// drop writes x·scale, or 0 where the 16 bits of an element are not below the threshold, without a branch.
func drop(y, x []float32, words *[4]uint32, threshold uint32, scale float32) {
	x = x[:len(y)]
	for j := range y {
		bits := words[j>>1&3] >> (16 * (j & 1)) & 0xffff
		stays := uint32(int32(bits-threshold) >> 31) // all ones below it
		y[j] = math.Float32frombits(math.Float32bits(x[j]*scale) & stays)
	}
}

// dropOnes is drop of ones.
func dropOnes(y []float32, words *[4]uint32, threshold uint32, scale float32) {
	for j := range y {
		bits := words[j>>1&3] >> (16 * (j & 1)) & 0xffff
		y[j] = math.Float32frombits(math.Float32bits(scale) & uint32(int32(bits-threshold)>>31))
	}
}
