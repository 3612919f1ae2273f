package cpu

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

func init() { implement(dropout) }

// dropSettings are the numbers of one row, in the order in which the assembly reads them: the key and the first counter of Philox, and
// what gpu.Dropout.Threshold returns.
type dropSettings struct {
	key       [2]uint32
	counter   [4]uint32
	threshold uint32
	scale     float32
}

func dropout(c *compiler, op gpu.Dropout) (task, error) {
	y, x, clock, k := bind(op.Y), bind(op.X), bindInts(op.Clock), c.kernels
	if y.cols == 0 {
		return task{plan: "empty"}, nil
	}
	settings := dropSettings{key: [2]uint32{uint32(op.Seed), uint32(op.Seed >> 32)}, counter: [4]uint32{2: uint32(op.Stream), 3: uint32(op.Stream >> 32)}}
	settings.threshold, settings.scale = op.Threshold()
	rows := make([]dropSettings, c.threads)
	blocks := ceilDiv(y.cols, gpu.DropoutLanes)
	step := max(1, elementwiseTile/y.cols)
	return task{plan: "rows", phases: []phase{{ceilDiv(y.rows, step), func(worker, t int) {
		s := &rows[worker]
		*s = settings
		if clock != nil {
			s.counter[1] = uint32(clock[0])
		}
		for i := t * step; i < min((t+1)*step, y.rows); i++ {
			row := i
			if op.Period > 0 {
				row %= op.Period
			}
			s.counter[0] = uint32(op.Part.Row(row) * blocks)
			if x.absent() {
				dropOnes(y.row(i), *s)
			} else {
				k.dropout(y.row(i), x.row(i), s)
			}
		}
	}}}}, nil
}

// dropoutPortable writes x·scale, or 0 where the 16 bits of an element are not below the threshold, without a branch.
func dropoutPortable(y, x []float32, s *dropSettings) {
	x = x[:len(y)]
	counter := s.counter
	for lo := 0; lo < len(y); lo += gpu.DropoutLanes {
		words := philox.Block(s.key, counter)
		counter[0]++
		out, in := y[lo:min(lo+gpu.DropoutLanes, len(y))], x[lo:]
		for j := range out {
			bits := words[j>>1&3] >> (16 * (j & 1)) & 0xffff
			stays := uint32(int32(bits-s.threshold) >> 31) // all ones below it
			out[j] = math.Float32frombits(math.Float32bits(in[j]*s.scale) & stays)
		}
	}
}

// dropOnes is dropout of ones.
func dropOnes(y []float32, s dropSettings) {
	for j := range y {
		y[j] = 1
	}
	dropoutPortable(y, y, &s)
}
