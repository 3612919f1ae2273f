package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

func init() {
	register(dropoutCases, Tolerance{Op: "dropout", C: 1, K: "4",
		Scale: "|y|: zeros are exact",
		Why:   "a product with a factor that is rounded"})
}

// dropoutOptions say which elements stay.
type dropoutOptions struct {
	Rate         float64
	Seed, Stream uint64
	Clock        uint32
	Period       int
	Unscaled     bool
	Part         gpu.Part
}

// of returns X / keep, or X if Unscaled, where an element stays and 0 elsewhere: half word i·8⌈n/8⌉ + j, low halves first, from block Clock·2³² on of the
// stream is below keep·2¹⁶ there.
func (o dropoutOptions) of(X oracle.Matrix) oracle.Matrix {
	y, source := oracle.Zeros(X.Rows, X.Cols), philox.New(o.Seed, o.Stream)
	keep, pitch := int(math.Round((1-o.Rate)*(1<<16))), (X.Cols+7)/8*8
	for i := range X.Rows {
		row := i
		if o.Period > 0 {
			row %= o.Period
		}
		row = o.Part.Row(row)
		for j := range X.Cols {
			half := row*pitch + j
			words := source.BlockAt(uint64(o.Clock)<<32 + uint64(half/8))
			if int(words[half%8/2]>>(16*(half%2))&0xffff) < keep {
				scale := (1 << 16) / float64(keep)
				if o.Unscaled {
					scale = 1
				}
				y.Set(i, j, X.At(i, j)*scale)
			}
		}
	}
	return y
}

func dropoutCases(l *list) {
	for i, s := range shapes() {
		for j, period := range []int{0, 3} {
			form := []string{"", "in place", "mask"}[(i+j)%3]
			l.add("dropout", fmt.Sprintf("%v period=%d %s", s, period, form), i < shortShapes, func(t *trial) {
				t.lay = s.lay
				dropoutTrial(t, s, dropoutOptions{Rate: []float64{0.5, 0.35, 0, 0.999}[i%4], Seed: 1<<40 + uint64(i), Stream: 1<<50 + 7,
					Clock: uint32(i%3) << 30, Period: period, Unscaled: i%5 == 1, Part: partOf(i, s.rows)}, form)
			})
		}
	}
}

// partOf returns a part of a larger matrix that rows of a trial may be, every second time none.
func partOf(i, rows int) gpu.Part {
	if i%2 == 0 || rows == 0 {
		return gpu.Part{}
	}
	return gpu.Part{Rows: (rows + 1) / 2, Of: rows + 3, First: 2}
}

func dropoutTrial(t *trial, s shape, o dropoutOptions, form string) {
	X, x := filled(s.rows, s.cols, 1), (*operand)(nil)
	if form != "mask" {
		X = t.values("X", s.rows, s.cols)
		x = t.in("X", X)
	}
	y := x
	if form != "in place" {
		y = t.out("Y", s.rows, s.cols)
	}
	var clock *operand
	if o.Clock > 0 {
		clock = t.ints("Clock", []int{int(o.Clock)})
	}
	t.one(func() gpu.Op {
		return gpu.Dropout{Y: y.view(), X: x.view(), Clock: clock.view(), Rate: o.Rate, Seed: o.Seed, Stream: o.Stream, Period: o.Period, Unscaled: o.Unscaled, Part: o.Part}
	})
	want := o.of(X)
	t.expect(y, want, abs(want), few) // zeros exactly where the oracle has them
}
