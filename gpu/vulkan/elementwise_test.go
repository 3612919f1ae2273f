//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// eachShape runs a test over shapes and layouts.
func eachShape(t *testing.T, f func(t *testing.T, dev *gpu.Device, rows, cols int, l layout)) {
	dev := deviceFor(t)
	shapes := [][2]int{{3, 0}, {300, 700}, {1, 70000}}
	for i, n := range sizes {
		shapes = append(shapes, [2]int{1, n}, [2]int{n, 1}, [2]int{n, sizes[(i*3+1)%len(sizes)]})
	}
	for _, s := range shapes {
		for _, l := range layouts {
			t.Run(fmt.Sprintf("%d×%d,%v", s[0], s[1], l), func(t *testing.T) { f(t, dev, s[0], s[1], l) })
		}
	}
}

func TestFill(t *testing.T) {
	eachShape(t, func(t *testing.T, dev *gpu.Device, rows, cols int, l layout) {
		y := newOperand(t, dev, "y", rows, cols, l)
		runOps(t, dev, gpu.Fill{Y: y.View, Value: 2.5})
		near(t, "y", y.get(), constant(rows*cols, 2.5), constant(rows*cols, 0))
	})
}

func TestCopy(t *testing.T) {
	eachShape(t, func(t *testing.T, dev *gpu.Device, rows, cols int, l layout) {
		values := randoms(1, rows*cols)
		x := newFilled(t, dev, "x", rows, cols, l.other(), values)
		y, z := newOperand(t, dev, "y", rows, cols, l), newOperand(t, dev, "z", cols, rows, l)
		runOps(t, dev, gpu.Copy{Y: y.View, X: x.View}, gpu.Copy{Y: z.View, X: x.View, Transpose: true})
		if !slices.Equal(y.get(), values) {
			t.Error("copy differs")
		}
		got := z.get()
		for i := range rows {
			for j := range cols {
				if got[j*rows+i] != values[i*cols+j] {
					t.Fatalf("transposed copy: element (%d, %d) = %v, want %v", j, i, got[j*rows+i], values[i*cols+j])
				}
			}
		}
	})
}

func TestCopyKeepsBits(t *testing.T) {
	dev := deviceFor(t)
	words := []int32{0x7f80_0001, -1, 1, 0x7fff_ffff, -0x8000_0000, 0x0080_0000}
	x := newFilled(t, dev, "x", 2, 3, tight, gpu.AsFloats(words))
	y, z := newOperand(t, dev, "y", 2, 3, tight), newOperand(t, dev, "z", 3, 2, tight)
	runOps(t, dev, gpu.Copy{Y: y.View, X: x.View}, gpu.Copy{Y: z.View, X: y.View, Transpose: true})
	back := newOperand(t, dev, "back", 2, 3, tight)
	runOps(t, dev, gpu.Copy{Y: back.View, X: z.View, Transpose: true})
	if got := gpu.AsInts(back.get()); !slices.Equal(got, words) {
		t.Errorf("got %#x, want %#x", got, words)
	}
}

func TestScale(t *testing.T) {
	eachShape(t, func(t *testing.T, dev *gpu.Device, rows, cols int, l layout) {
		xs, ys := randoms(1, rows*cols), randoms(2, rows*cols)
		left, right := randoms(3, rows), randoms(4, cols)
		for mask := range 32 {
			o := gpu.Scale{Alpha: 1.5}
			hasX, hasL, hasR, hasBeta, hasGamma := mask&1 != 0, mask&2 != 0, mask&4 != 0, mask&8 != 0, mask&16 != 0
			if rows*cols > 1000 && mask%5 != 0 {
				continue // large shapes with some of the variants only
			}
			y := newOperand(t, dev, "y", rows, cols, l)
			o.Y = y.View
			if hasX {
				o.X = newFilled(t, dev, "x", rows, cols, l.other(), xs).View
			}
			if hasL {
				o.Left = newFilled(t, dev, "left", 1, rows, tight, left).View
			}
			if hasR {
				o.Right = newFilled(t, dev, "right", 1, cols, layout{l.off, 0}, right).View
			}
			if hasBeta {
				o.Beta = -0.75
				y.set(ys)
			}
			if hasGamma {
				o.Gamma = 3
			}
			want, tol := make([]float64, rows*cols), make([]float64, rows*cols)
			for i := range want {
				r, c := i/cols, i%cols
				v := 0.0
				if hasX {
					v = 1.5 * float64(xs[i])
					if hasL {
						v *= float64(left[r])
					}
					if hasR {
						v *= float64(right[c])
					}
				}
				size := math.Abs(v)
				if hasBeta {
					v -= 0.75 * float64(ys[i])
					size += math.Abs(0.75 * float64(ys[i]))
				}
				if hasGamma && r == c {
					v += 3
					size += 3
				}
				want[i], tol[i] = v, 5*unit*size
			}
			runOps(t, dev, o)
			near(t, fmt.Sprintf("y (mask %d)", mask), y.get(), want, tol)
		}
	})
}

func TestScaleInPlace(t *testing.T) {
	dev := deviceFor(t)
	x := newFilled(t, dev, "x", 2, 2, layout{1, 1}, []float32{1, 2, 3, 4})
	runOps(t, dev, gpu.Scale{Y: x.View, X: x.View, Alpha: -1, Gamma: 1})
	near(t, "x", x.get(), []float64{0, -2, -3, -3}, constant(4, 0))
}

func TestMap(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	special := []float32{0, 1, -1, 0.5, -2, 1e-20, 1e20, 1e-39, float32(inf), float32(-inf), float32(nan), 1.0000001, 0.99999994, 88.5, -87, 100, -150}
	cases := []struct {
		name string
		f    gpu.Func
		p    float32
		want func(float64) float64
		tol  float64 // in units of 2⁻²⁴ of the result
	}{
		{"reciprocal", gpu.Reciprocal, 0, func(x float64) float64 { return 1 / x }, 5},
		{"log", gpu.Log, 0, math.Log, 8},
		{"exp", gpu.Exp, 0, math.Exp, 8},
		{"abs", gpu.Abs, 0, math.Abs, 0},
		{"square", gpu.Square, 0, func(x float64) float64 { return x * x }, 2},
		{"cube", gpu.Power, 3, func(x float64) float64 { return x * x * x }, 4},
		{"inverse square", gpu.Power, -2, func(x float64) float64 { return 1 / x / x }, 8},
		{"power 0", gpu.Power, 0, func(float64) float64 { return 1 }, 0},
		{"power 50", gpu.Power, 50, func(x float64) float64 { return math.Pow(x, 50) }, 110},
		{"root", gpu.Power, 0.5, func(x float64) float64 {
			if x < 0 {
				return nan
			}
			return math.Sqrt(x)
		}, 100},
	}
	dev := deviceFor(t)
	for _, c := range cases {
		for _, n := range append([]int{70001}, sizes...) {
			values := randoms(5, n)
			for i := range values {
				if i%3 == 0 {
					values[i] = 1 + 0.01*values[i] // a spectrum
				}
			}
			copy(values, special)
			if n > len(special) {
				values[len(special)] = 1e-30
			}
			want := mapped(values, c.want)
			for i, w := range want { // what fp32 makes of it; subnormal results may be flushed
				if v := float64(float32(w)); math.IsInf(v, 0) || math.Abs(w) < 1.2e-38 {
					want[i] = v
				}
			}
			tol := relative(want, c.tol)
			for i := range tol {
				tol[i] += 1.2e-38
				if a := math.Abs(float64(values[i])); a < 1.2e-38 && a > 0 {
					want[i], tol[i] = 0, inf // subnormal arguments may count as zero
				}
			}
			for _, l := range layouts {
				x := newFilled(t, dev, "x", 1, n, tight, values)
				y := newOperand(t, dev, "y", 1, n, l)
				runOps(t, dev, gpu.Map{Y: y.View, X: x.View, F: c.f, P: c.p}, gpu.Map{Y: x.View, X: x.View, F: c.f, P: c.p})
				near(t, c.name, y.get(), want, tol)
				near(t, c.name+" in place", x.get(), want, tol)
			}
		}
	}
}

func TestActivate(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	special := []float32{0, float32(inf), float32(-inf), float32(nan), math.Float32frombits(0xffc0_0001), 1e-30, -1e-30, 1e-4, -1e-3, 9, -9.5, 1e30, -1e30}
	acts := []struct {
		act  gpu.Activation
		f, g func(float64) float64 // φ, and φ' from the output
	}{
		{gpu.Activation{}, func(z float64) float64 { return z }, func(float64) float64 { return 1 }},
		{gpu.Activation{Kind: gpu.ReLU}, func(z float64) float64 { return leaky(z, 0) }, func(h float64) float64 { return step(h, 0) }},
		{gpu.Activation{Kind: gpu.LeakyReLU, Slope: 0.25}, func(z float64) float64 { return leaky(z, 0.25) }, func(h float64) float64 { return step(h, 0.25) }},
		{gpu.Activation{Kind: gpu.Tanh}, math.Tanh, func(h float64) float64 { return 1 - h*h }},
	}
	eachShape(t, func(t *testing.T, dev *gpu.Device, rows, cols int, l layout) {
		values, dy := randoms(6, rows*cols), randoms(7, rows*cols)
		for i := range values {
			if i%4 == 0 {
				values[i] *= 3
			}
		}
		copy(values, special)
		for _, a := range acts {
			x := newFilled(t, dev, "x", rows, cols, l.other(), values)
			y := newOperand(t, dev, "y", rows, cols, l)
			d := newFilled(t, dev, "dy", rows, cols, l.other(), dy)
			dx := newOperand(t, dev, "dx", rows, cols, l)
			runOps(t, dev, gpu.Activate{Y: y.View, X: x.View, Act: a.act}, gpu.Activate{Y: x.View, X: x.View, Act: a.act},
				gpu.ActivateBackward{DX: dx.View, DY: d.View, Y: y.View, Act: a.act},
				gpu.ActivateBackward{DX: d.View, DY: d.View, Y: y.View, Act: a.act})
			want := mapped(values, a.f)
			got := y.get()
			near(t, a.act.String(), got, want, relative(want, 12))
			near(t, a.act.String()+" in place", x.get(), want, relative(want, 12))
			wantDX := mapped(got, a.g)
			for i := range wantDX {
				wantDX[i] *= float64(dy[i])
			}
			tol := constant(rows*cols, 0)
			for i := range tol {
				tol[i] = 4 * unit * math.Abs(float64(dy[i]))
			}
			near(t, a.act.String()+" gradient", dx.get(), wantDX, tol)
			near(t, a.act.String()+" gradient in place", d.get(), wantDX, tol)
		}
	})
}

// leaky is z above 0 and slope·z below; NaN stays.
func leaky(z, slope float64) float64 {
	if z < 0 {
		if slope == 0 {
			return 0
		}
		return slope * z
	}
	return z
}

func step(h, slope float64) float64 {
	if h > 0 {
		return 1
	}
	return slope
}
