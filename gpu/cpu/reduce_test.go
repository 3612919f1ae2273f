package cpu

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func TestColDot(t *testing.T) {
	onEveryShape(t, func(t *testing.T, f *fixture, rows, cols int) {
		a, b := f.random(rows, cols), f.random(rows, cols)
		sums, dots, both := f.out(1, cols), f.out(1, cols), f.random(1, cols)
		old := get(t, both)
		f.run(gpu.ColDot{Out: sums, A: a, Alpha: 1}, gpu.ColDot{Out: dots, A: a, B: b, Alpha: -2}, gpu.ColDot{Out: both, A: a, B: b, Alpha: 1, Beta: 0.5})
		ad, bd := get(t, a), get(t, b)
		total := func(second bool) dense {
			out := newDense(1, cols)
			for i := range rows {
				for j := range cols {
					v := ad.at(i, j)
					if second {
						v *= bd.at(i, j)
					}
					out.v[j] += v
				}
			}
			return out
		}
		near(t, "sums", sums, total(false), 1, 1e-3)
		near(t, "dots", dots, mapped(total(true), func(_, _ int, v float64) float64 { return -2 * v }), 1, 1e-3)
		near(t, "with β", both, mapped(total(true), func(_, j int, v float64) float64 { return v + 0.5*old.at(0, j) }), 1, 1e-3)
	})
}

func TestNormAndMinMax(t *testing.T) {
	onEveryShape(t, func(t *testing.T, f *fixture, rows, cols int) {
		x, out := f.random(rows, cols), f.out(1, 2)
		ops := []gpu.Op{gpu.Norm{Out: out, X: x}}
		ends := f.out(1, 2)
		if rows*cols > 0 {
			ops = append(ops, gpu.MinMax{Out: ends, X: x})
		}
		f.run(ops...)
		sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
		for _, v := range get(t, x).v {
			sum, low, high = sum+v*v, min(low, v), max(high, v)
		}
		near(t, "norm", out, dense{1, 2, []float64{math.Sqrt(sum), 1}}, 1, 0)
		if rows*cols == 0 {
			return
		}
		near(t, "min and max", ends, dense{1, 2, []float64{low, high}}, 0, 1)
		for _, bad := range []float32{nan, float32(math.Inf(1)), float32(math.Inf(-1))} {
			x.Buf.Host()[x.Off+(rows-1)*x.Stride+cols-1] = bad
			f.run(ops...)
			if flag := out.Buf.Host()[out.Off+1]; flag != 0 {
				t.Fatalf("norm says that all elements are finite although one is %g", bad)
			}
			if v := get(t, ends).v; bad != bad && (v[0] == v[0] || v[1] == v[1]) {
				t.Fatalf("min and max are %g although an element is NaN", v)
			}
		}
		x.Buf.Host()[x.Off] = 3e38
		x.Buf.Host()[x.Off+(rows-1)*x.Stride+cols-1] = 3e38
		f.run(ops...)
		if flag := out.Buf.Host()[out.Off+1]; flag != 1 {
			t.Fatal("norm takes large elements for infinite ones")
		}
	})
}
