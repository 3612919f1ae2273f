package parity

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func init() { register(minMaxCases, Tolerance{Op: "min_max", Why: "comparisons do not round"}) }

func minMaxCases(l *list) {
	for i, s := range shapes() {
		if s.rows*s.cols == 0 {
			continue
		}
		for _, special := range []float64{0, math.NaN(), math.Inf(-1)} {
			l.add("min_max", fmt.Sprintf("%v with %g", s, special), i < shortShapes, func(t *trial) {
				t.lay = s.lay
				X := t.uniform("X", s.rows, s.cols, 2, 3)
				X.Data[len(X.Data)/2] = special
				x, out := t.in("X", X), t.out("Out", 1, 2)
				t.one(func() gpu.Op { return gpu.MinMax{Out: out.view(), X: x.view()} })
				lo, hi := math.Inf(1), math.Inf(-1)
				for _, v := range X.Data {
					lo, hi = math.Min(lo, v), math.Max(hi, v) // NaN where any is NaN
				}
				t.exact(out, row([]float64{lo, hi}))
			})
		}
	}
}
