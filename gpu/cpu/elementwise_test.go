package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// shapes are the shapes that the elementwise operations and reductions are tried at; the last are cut into several tiles.
var shapes = [][2]int{{1, 1}, {1, 7}, {7, 1}, {3, 5}, {33, 31}, {128, 129}, {1, 40000}, {2, 17000}, {3000, 7}, {0, 4}, {4, 0}}

// onEveryShape runs f for every shape, padded and not, with one thread and with three.
func onEveryShape(t *testing.T, f func(t *testing.T, x *fixture, rows, cols int)) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, s := range shapes {
			for _, pad := range []int{0, 5} {
				for _, threads := range []int{1, 3} {
					t.Run(fmt.Sprintf("%d×%d/pad=%d/threads=%d", s[0], s[1], pad, threads), func(t *testing.T) {
						f(t, newFixture(t, k, threads, pad), s[0], s[1])
					})
				}
			}
		}
	})
}

// mapped returns f of every element.
func mapped(x dense, f func(i, j int, v float64) float64) dense {
	out := newDense(x.rows, x.cols)
	for i := range x.rows {
		for j := range x.cols {
			out.set(i, j, f(i, j, x.at(i, j)))
		}
	}
	return out
}

func TestActivateAndItsGradient(t *testing.T) {
	onEveryShape(t, func(t *testing.T, f *fixture, rows, cols int) {
		for _, act := range activations {
			x, y := f.random(rows, cols), f.out(rows, cols)
			dy, dx := f.random(rows, cols), f.out(rows, cols)
			inPlace, inPlaceGrad := f.random(rows, cols), f.random(rows, cols)
			before, beforeGrad := get(t, inPlace), get(t, inPlaceGrad)
			f.run(gpu.Activate{Y: y, X: x, Act: act}, gpu.ActivateBackward{DX: dx, DY: dy, Y: y, Act: act}, gpu.Activate{Y: inPlace, X: inPlace, Act: act},
				gpu.ActivateBackward{DX: inPlaceGrad, DY: inPlaceGrad, Y: y, Act: act})
			value := func(_, _ int, v float64) float64 { return activation(act, v) }
			near(t, "Y", y, mapped(get(t, x), value), 3, 0)
			near(t, "Y in place", inPlace, mapped(before, value), 3, 0)
			h := get(t, y)
			slope := func(i, j int, v float64) float64 { return v * derivative(act, h.at(i, j)) }
			near(t, "DX", dx, mapped(get(t, dy), slope), 3, 1)
			near(t, "DX in place", inPlaceGrad, mapped(beforeGrad, slope), 3, 1)
		}
	})
}

func TestFillCopyAndScale(t *testing.T) {
	onEveryShape(t, func(t *testing.T, f *fixture, rows, cols int) {
		fill, x, y, yt := f.out(rows, cols), f.random(rows, cols), f.out(rows, cols), f.out(cols, rows)
		f.run(gpu.Fill{Y: fill, Value: 2.5}, gpu.Copy{Y: y, X: x}, gpu.Copy{Y: yt, X: x, Transpose: true})
		near(t, "fill", fill, mapped(newDense(rows, cols), func(_, _ int, _ float64) float64 { return 2.5 }), 0, 1)
		near(t, "copy", y, get(t, x), 0, 1)
		near(t, "transposed copy", yt, get(t, x).transposed(), 0, 1)

		left, right := f.random(1, rows), f.random(1, cols)
		ops := []gpu.Scale{{Gamma: 1}, {X: x, Alpha: 2}, {X: x, Left: left, Alpha: -1, Beta: 0.5}, {X: x, Right: right, Alpha: 1, Gamma: 3}, {X: x, Left: left, Right: right, Alpha: 1, Beta: 1}}
		for i, op := range ops {
			op.Y = f.out(rows, cols)
			if op.Beta != 0 {
				op.Y = f.random(rows, cols)
			}
			y, xd, l, r := get(t, op.Y), get(t, x), get(t, left), get(t, right)
			f.run(op)
			near(t, fmt.Sprintf("scale %d", i), op.Y, mapped(y, func(i, j int, v float64) float64 {
				sum := 0.0
				if !op.X.IsZero() {
					sum = float64(op.Alpha) * xd.at(i, j)
				}
				if !op.Left.IsZero() {
					sum *= l.at(0, i)
				}
				if !op.Right.IsZero() {
					sum *= r.at(0, j)
				}
				if op.Beta != 0 {
					sum += float64(op.Beta) * v
				}
				if i == j {
					sum += float64(op.Gamma)
				}
				return sum
			}), 3, 4)
		}
	})
}

func TestMap(t *testing.T) {
	want := map[gpu.Func]func(float64) float64{gpu.Reciprocal: func(x float64) float64 { return 1 / x }, gpu.Log: math.Log, gpu.Exp: math.Exp, gpu.Abs: math.Abs,
		gpu.Square: func(x float64) float64 { return x * x }, gpu.Power: func(x float64) float64 { return math.Pow(x, 3) }}
	onEveryShape(t, func(t *testing.T, f *fixture, rows, cols int) {
		for fn, w := range want {
			op := gpu.Map{X: f.random(rows, cols), Y: f.out(rows, cols), F: fn, P: 3}
			if fn == gpu.Abs {
				op.Y = op.X
			}
			x := get(t, op.X)
			f.run(op)
			near(t, fmt.Sprintf("function %d", fn), op.Y, mapped(x, func(_, _ int, v float64) float64 { return w(v) }), 1, 0)
		}
	})
}

func TestSigmaAndItsGradient(t *testing.T) {
	sig := func(s float64) float64 { return 1 / (1 + math.Exp(-s)) }
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, n := range append(sizes, 20000) {
			f := newFixture(t, k, 2, 3)
			s := f.view(1, n, func(i int) float32 { return float32(f.rng.NormFloat64() * []float64{1, 1, 100}[i%3]) })
			band, pos, ds, dpos := f.out(1, n), f.out(1, n), f.out(1, n), f.out(1, n)
			d := f.random(1, n)
			small := f.random(1, n)
			f.run(gpu.Sigma{Out: band, S: s, Center: 1, Radius: 0.01}, gpu.Sigma{Out: pos, S: small, Center: 2, Map: gpu.SigmaPositive},
				gpu.SigmaBackward{DS: ds, DSigma: d, S: s, Center: 1, Radius: 0.01}, gpu.SigmaBackward{DS: dpos, DSigma: d, S: small, Center: 2, Map: gpu.SigmaPositive})
			dd := get(t, d)
			near(t, "σ", band, mapped(get(t, s), func(_, _ int, v float64) float64 { return 1 + 0.02*(sig(v)-0.5) }), 2, 0)
			near(t, "positive σ", pos, mapped(get(t, small), func(_, _ int, v float64) float64 { return 2 * math.Exp(v) }), 1, 0)
			near(t, "ds", ds, mapped(get(t, s), func(_, j int, v float64) float64 { return dd.at(0, j) * 0.02 * sig(v) * sig(-v) }), 4, 1e-3)
			near(t, "positive ds", dpos, mapped(get(t, small), func(_, j int, v float64) float64 { return dd.at(0, j) * 2 * math.Exp(v) }), 2, 0)
			low, high := float32(1)-float32(0.01), float32(1)+float32(0.01)
			for j := range n {
				if v := band.Buf.Host()[band.Off+j]; !(v >= low && v <= high) {
					t.Fatalf("σ = %g is outside the band", v)
				}
			}
		}
	})
}
