//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

var reduceShapes = [][2]int{{0, 5}, {1, 1}, {2, 2}, {7, 3}, {1, 129}, {129, 1}, {33, 31}, {128, 128}, {127, 65}, {3, 5000}, {5000, 2}, {20000, 10}, {3000, 128}, {300, 300}}

func TestColDot(t *testing.T) { eachKind(t, testColDotOn) }

func testColDotOn(t *testing.T, dev *gpu.Device) {
	for _, s := range reduceShapes {
		for _, l := range layouts {
			for _, beta := range []float32{0, 0.5} {
				for _, two := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d×%d,%v,beta=%v,two=%v", s[0], s[1], l, beta, two), func(t *testing.T) {
						testColDot(t, dev, s[0], s[1], l, beta, two)
					})
				}
			}
		}
	}
}

func testColDot(t *testing.T, dev *gpu.Device, rows, cols int, l layout, beta float32, two bool) {
	const alpha = -1.25
	as, bs, outs := randoms(14, rows*cols), randoms(15, rows*cols), randoms(16, cols)
	o := gpu.ColDot{A: newFilled(t, dev, "a", rows, cols, l, as).View, Alpha: alpha, Beta: beta}
	if two {
		o.B = newFilled(t, dev, "b", rows, cols, l.other(), bs).View
	}
	out := newOperand(t, dev, "out", 1, cols, l)
	o.Out = out.View
	want, size := make([]float64, cols), make([]float64, cols)
	if beta != 0 {
		out.set(outs)
		for j, v := range outs {
			want[j] = float64(beta) * float64(v)
			size[j] = math.Abs(want[j])
		}
	}
	for i := range as {
		v := float64(as[i])
		if two {
			v *= float64(bs[i])
		}
		want[i%cols] += alpha * v
		size[i%cols] += math.Abs(alpha * v)
	}
	for j := range size {
		size[j] *= unit * (8 + math.Sqrt(float64(rows))/2)
	}
	runOps(t, dev, o)
	near(t, "out", out.get(), want, size)
}

func TestNorm(t *testing.T) { eachKind(t, testNormOn) }

func testNormOn(t *testing.T, dev *gpu.Device) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, s := range append(reduceShapes, [2]int{1, 300000}, [2]int{700, 900}) {
		for _, l := range layouts {
			values := randoms(17, s[0]*s[1])
			check := func(name string, x []float32, tol float64) {
				t.Helper()
				o := newFilled(t, dev, "x", s[0], s[1], l, x)
				out := newOperand(t, dev, "out", 1, 2, layout{1, 0})
				runOps(t, dev, gpu.Norm{Out: out.View, X: o.View})
				sum, finite := 0.0, 1.0
				for _, v := range x {
					sum += float64(v) * float64(v)
					if d := v - v; d != d {
						finite = 0
					}
				}
				want := []float64{math.Sqrt(sum), finite}
				near(t, fmt.Sprintf("%s of %d×%d %v", name, s[0], s[1], l), out.get(), want, []float64{tol * unit * want[0], 0})
			}
			k := 8 + math.Sqrt(float64(len(values)))/16
			check("norm", values, k)
			if len(values) < 2 {
				continue
			}
			scaled := func(f func(i int) float32) []float32 {
				x := make([]float32, len(values))
				for i := range x {
					x[i] = values[i] * f(i)
				}
				return x
			}
			check("large norm", scaled(func(int) float32 { return 1e30 }), k)
			check("small norm", scaled(func(int) float32 { return 1e-30 }), k)
			check("mixed norm", scaled(func(i int) float32 { return []float32{1e25, 1, 1e-25}[i%3] }), k)
			for _, bad := range []float32{inf, -inf, nan} {
				x := scaled(func(int) float32 { return 1 })
				x[len(x)-1] = bad
				check(fmt.Sprint("norm with ", bad), x, k)
			}
		}
	}
}

func TestMinMax(t *testing.T) { eachKind(t, testMinMaxOn) }

func testMinMaxOn(t *testing.T, dev *gpu.Device) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, s := range append(reduceShapes[1:], [2]int{1, 300000}, [2]int{700, 900}) {
		for _, l := range layouts {
			values := randoms(18, s[0]*s[1])
			check := func(name string) {
				t.Helper()
				o := newFilled(t, dev, "x", s[0], s[1], l, values)
				out := newOperand(t, dev, "out", 1, 2, tight)
				runOps(t, dev, gpu.MinMax{Out: out.View, X: o.View})
				lo, hi := math.Inf(1), math.Inf(-1)
				for _, v := range values {
					if v != v { // math.Min(−∞, NaN) is −∞
						lo, hi = math.NaN(), math.NaN()
						break
					}
					lo, hi = math.Min(lo, float64(v)), math.Max(hi, float64(v))
				}
				near(t, fmt.Sprintf("%s of %d×%d %v", name, s[0], s[1], l), out.get(), []float64{lo, hi}, []float64{0, 0})
			}
			check("min, max")
			last := len(values) - 1
			values[last] = inf
			check("min, max with ∞")
			values[last] = -inf
			check("min, max with −∞")
			values[last/2] = nan
			check("min, max with NaN")
		}
	}
}
