package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { register(fillCases, Tolerance{Op: "fill", Why: "the bits of Value"}) }

func fillCases(l *list) {
	for i, s := range shapes() {
		for _, v := range []float32{0, -1.5} {
			l.add("fill", fmt.Sprintf("%v value=%g", s, v), i < shortShapes && v != 0, func(t *trial) {
				t.lay = s.lay
				y := t.out("Y", s.rows, s.cols)
				t.one(func() gpu.Op { return gpu.Fill{Y: y.view(), Value: v} })
				t.exact(y, filled(s.rows, s.cols, float64(v)))
			})
		}
	}
}
