package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

func init() {
	register(noiseCases, Tolerance{Op: "noise", C: 1, K: "4",
		Scale: "|y|",
		Why:   "a whole number times a factor"})
}

func noiseCases(l *list) {
	for i, s := range shapes() {
		o := gpu.Noise{Deviation: []float32{1, 0.1, 0, 1e-3}[i%4], Seed: 1<<40 + uint64(i), Stream: 1<<50 + 9, Part: partOf(i, s.rows)}
		clock := uint32(i%3) << 30
		l.add("noise", fmt.Sprintf("%v deviation=%g clock=%d", s, o.Deviation, clock), i < shortShapes, func(t *trial) {
			t.lay = s.lay
			noiseTrial(t, s, o, clock)
		})
	}
}

// noiseTrial expects of element (i, j) the sum of the half words of block clock·2³² + i·n + j, less its mean, in units of its standard deviation.
func noiseTrial(t *trial, s shape, o gpu.Noise, clock uint32) {
	y := t.out("Y", s.rows, s.cols)
	var at *operand
	if clock > 0 {
		at = t.ints("Clock", []int{int(clock)})
	}
	t.one(func() gpu.Op {
		op := o
		op.Y, op.Clock = y.view(), at.view()
		return op
	})
	want, source := oracle.Zeros(s.rows, s.cols), philox.New(o.Seed, o.Stream)
	for i := range s.rows {
		for j := range s.cols {
			sum := 0.0
			for _, w := range source.BlockAt(uint64(clock)<<32 + uint64(o.Part.Row(i)*s.cols+j)) {
				sum += float64(w&0xffff) + float64(w>>16) - 65535
			}
			want.Set(i, j, sum*float64(o.Factor()))
		}
	}
	t.expect(y, want, abs(want), few)
}
