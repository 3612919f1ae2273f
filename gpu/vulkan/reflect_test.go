//go:build cgo

package vulkan

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// reflectorAt returns reflector j of m × n values in float64 with its structural zeros written, and ‖u‖².
func reflectorAt(u []float32, n, j int) (row []float64, square float64) {
	row = wide(u[j*n : (j+1)*n])
	clear(row[:j])
	return row, dot(row, row)
}

func dot(a, b []float64) float64 {
	s := 0.0
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

// order returns the order in which the reflectors of Q (or Qᵀ) are applied.
func order(m int, transpose bool) []int {
	list := make([]int, m)
	for i := range list {
		list[i] = m - 1 - i
		if transpose {
			list[i] = i
		}
	}
	return list
}

// reflectRow applies the reflectors to h in float64.
func reflectRow(h []float64, u []float32, m int, transpose bool) {
	for _, j := range order(m, transpose) {
		v, square := reflectorAt(u, len(h), j)
		if square == 0 {
			continue
		}
		c := 2 * dot(v, h) / square
		for i := range h {
			h[i] -= c * v[i]
		}
	}
}

// reflectRowBackward walks back from the output h and its gradient g, which becomes that of the input, and adds to du (m × n).
func reflectRowBackward(h, g []float64, u []float32, m int, transpose bool, du []float64) {
	n := len(h)
	for _, j := range order(m, !transpose) {
		v, square := reflectorAt(u, n, j)
		if square == 0 {
			continue
		}
		c := 2 * dot(v, h) / square
		for i := range h {
			h[i] -= c * v[i]
		}
		a, b := dot(v, h)/square, dot(v, g)/square
		for i := range h {
			if i >= j {
				du[j*n+i] += -2*a*g[i] - 2*b*h[i] + 4*a*b*v[i]
			}
			g[i] -= 2 * b * v[i]
		}
	}
}

type reflectShape struct{ batch, m, n int }

func reflectShapes() []reflectShape {
	list := []reflectShape{{3, 0, 5}, {0, 2, 3}, {32, 16, 128}, {129, 16, 128}, {5, 4, 513}, {9, 40, 300}, {2, 3, 4096}, {300, 3, 33}, {1, 2, 8000}}
	for i, n := range sizes {
		list = append(list, reflectShape{sizes[(i+3)%len(sizes)], (n + 1) / 2, n}, reflectShape{3, n, n})
	}
	return list
}

// reflectorsForTest returns m × n reflectors with values where structural zeros are taken, one zero reflector, and one very
// small and one very large one.
func reflectorsForTest(m, n int) []float32 {
	u := randoms(40, m*n)
	for i := range u {
		switch j := i / n; {
		case j == 1:
			u[i] = 0
			if i%n < j {
				u[i] = 7
			}
		case j == 2:
			u[i] *= 1e-25
		case j == 3:
			u[i] *= 1e25
		}
	}
	return u
}

func TestReflect(t *testing.T) { eachKind(t, testReflectOn) }

func testReflectOn(t *testing.T, dev *gpu.Device) {
	for _, s := range reflectShapes() {
		for k, l := range layouts {
			for _, transpose := range []bool{false, true} {
				if s.n > 4000 && transpose != (k == 1) {
					continue // kernels for long rows take long to compile: each layout one way
				}
				t.Run(fmt.Sprintf("batch=%d,m=%d,n=%d,%v,transpose=%v", s.batch, s.m, s.n, l, transpose), func(t *testing.T) {
					testReflect(t, dev, s, l, transpose)
				})
			}
		}
	}
}

func testReflect(t *testing.T, dev *gpu.Device, s reflectShape, l layout, transpose bool) {
	xs, us := randoms(41, s.batch*s.n), reflectorsForTest(s.m, s.n)
	x := newFilled(t, dev, "x", s.batch, s.n, l, xs)
	u := newFilled(t, dev, "u", s.m, s.n, l.other(), us)
	y := newOperand(t, dev, "y", s.batch, s.n, l)
	runOps(t, dev, gpu.Reflect{Y: y.View, X: x.View, U: u.View, Transpose: transpose},
		gpu.Reflect{Y: x.View, X: x.View, U: u.View, Transpose: transpose})
	want, tol := wide(xs), make([]float64, len(xs))
	for b := range s.batch {
		row := want[b*s.n : (b+1)*s.n]
		reflectRow(row, us, s.m, transpose)
		size := math.Sqrt(dot(row, row)) // every reflection keeps the length and errs by a few units of it
		for i := range row {
			tol[b*s.n+i] = unit * size * 4 * (1 + math.Sqrt(float64(s.m)))
		}
	}
	near(t, "y", y.get(), want, tol)
	near(t, "y in place", x.get(), want, tol)
}

func TestReflectBackward(t *testing.T) { eachKind(t, testReflectBackwardOn) }

func testReflectBackwardOn(t *testing.T, dev *gpu.Device) {
	for _, s := range append(reflectShapes(), reflectShape{2500, 2, 31}) {
		for k, l := range layouts {
			for _, transpose := range []bool{false, true} {
				if s.n > 4000 && transpose != (k == 1) {
					continue // kernels for long rows take long to compile: each layout one way
				}
				t.Run(fmt.Sprintf("batch=%d,m=%d,n=%d,%v,transpose=%v", s.batch, s.m, s.n, l, transpose), func(t *testing.T) {
					testReflectBackward(t, dev, s, l, transpose)
				})
			}
		}
	}
}

func testReflectBackward(t *testing.T, dev *gpu.Device, s reflectShape, l layout, transpose bool) {
	xs, gs, us := randoms(42, s.batch*s.n), randoms(43, s.batch*s.n), reflectorsForTest(s.m, s.n)
	// The walk back starts at what the device can know: Y in fp32.
	exact := wide(xs)
	for b := range s.batch {
		reflectRow(exact[b*s.n:(b+1)*s.n], us, s.m, transpose)
	}
	ys := make([]float32, len(exact))
	for i, v := range exact {
		ys[i] = float32(v)
	}
	y := newFilled(t, dev, "y", s.batch, s.n, l, ys)
	dy := newFilled(t, dev, "dy", s.batch, s.n, l.other(), gs)
	u := newFilled(t, dev, "u", s.m, s.n, l.other(), us)
	dx, du := newOperand(t, dev, "dx", s.batch, s.n, l), newOperand(t, dev, "du", s.m, s.n, l)
	du2 := newOperand(t, dev, "du again", s.m, s.n, tight)
	runOps(t, dev,
		gpu.ReflectBackward{DX: dx.View, DU: du.View, DY: dy.View, Y: y.View, U: u.View, Transpose: transpose},
		gpu.ReflectBackward{DX: dy.View, DU: du2.View, DY: dy.View, Y: y.View, U: u.View, Transpose: transpose})

	h, g, want := wide(ys), wide(gs), make([]float64, s.m*s.n)
	tol, scale := make([]float64, len(gs)), 0.0
	for b := range s.batch {
		hb, gb := h[b*s.n:(b+1)*s.n], g[b*s.n:(b+1)*s.n]
		reflectRowBackward(hb, gb, us, s.m, transpose, want)
		length := math.Sqrt(dot(gb, gb))
		for i := range gb {
			tol[b*s.n+i] = unit * length * 4 * (1 + math.Sqrt(float64(s.m)))
		}
		scale += length * math.Sqrt(dot(hb, hb)) // bounds |du| ‖u‖ / 8
	}
	dtol := make([]float64, len(want))
	for i := range dtol {
		_, square := reflectorAt(us, s.n, i/s.n)
		if square > 0 {
			dtol[i] = unit * 8 * (4 + math.Sqrt(float64(s.m))) * scale / math.Sqrt(square)
		}
	}
	near(t, "dx", dx.get(), g, tol)
	near(t, "dx in place", dy.get(), g, tol)
	near(t, "du", du.get(), want, dtol)
	near(t, "du of the same", du2.get(), want, dtol)
}

// A device that cannot go around loops often takes several launches.
func TestReflectBackwardInLaunches(t *testing.T) {
	dev := limitedDevice(t, func(l *limits) { l.MaxLoop = 40 })
	testReflectBackward(t, dev, reflectShape{2500, 12, 31}, tight, false)
}

func TestReflectTooLong(t *testing.T) {
	dev := deviceFor(t)
	const n = 1 << 18
	x, u := newOperand(t, dev, "x", 1, n, tight), newOperand(t, dev, "u", 1, n, tight)
	_, err := dev.Compile("too long", gpu.Reflect{Y: x.View, X: x.View, U: u.View})
	if !errors.Is(err, gpu.ErrUnsupported) {
		t.Errorf("error %v, want ErrUnsupported", err)
	}
}

func TestReflectorsNormalized(t *testing.T) { eachKind(t, testReflectorsNormalizedOn) }

func testReflectorsNormalizedOn(t *testing.T, dev *gpu.Device) {
	for _, s := range reflectShapes() {
		for _, l := range layouts {
			us := reflectorsForTest(s.m, s.n)
			u, masked := newFilled(t, dev, "u", s.m, s.n, l, us), newFilled(t, dev, "masked", s.m, s.n, l, us)
			runOps(t, dev, gpu.NormalizeReflectors{U: u.View}, gpu.MaskReflectors{U: masked.View})
			want, wantMasked := make([]float64, 0, len(us)), make([]float64, 0, len(us))
			for j := range s.m {
				row, square := reflectorAt(us, s.n, j)
				wantMasked = append(wantMasked, row...)
				for _, v := range row {
					if square > 0 {
						v /= math.Sqrt(square)
					}
					want = append(want, v)
				}
			}
			name := fmt.Sprintf("m=%d,n=%d,%v", s.m, s.n, l)
			near(t, "normalized "+name, u.get(), want, relative(want, 12))
			near(t, "masked "+name, masked.get(), wantMasked, constant(len(us), 0))
		}
	}
}
