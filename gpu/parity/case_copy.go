package parity

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { register(copyCases, Tolerance{Op: "copy", Why: "words are moved, whatever they mean"}) }

func copyCases(l *list) {
	for i, s := range shapes() {
		for _, transpose := range []bool{false, true} {
			l.add("copy", fmt.Sprintf("%v transpose=%t", s, transpose), i < shortShapes, func(t *trial) {
				t.lay = s.lay
				x := t.words32("X", s.rows, s.cols)
				rows, cols := s.rows, s.cols
				if transpose {
					rows, cols = cols, rows
				}
				want := make([]uint32, 0, rows*cols)
				for i := range rows {
					for j := range cols {
						a, b := i, j
						if transpose {
							a, b = j, i
						}
						want = append(want, x.bits[a*s.cols+b])
					}
				}
				y := t.out("Y", rows, cols)
				t.one(func() gpu.Op { return gpu.Copy{Y: y.view(), X: x.view(), Transpose: transpose} })
				t.exactBits(y, want)
			})
		}
	}
}
