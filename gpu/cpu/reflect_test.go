package cpu

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// wantReflect applies the reflectors one after another; with zero rows left out.
func wantReflect(u, x dense, transpose bool) dense {
	y := x.clone()
	for q := range u.rows {
		j := u.rows - 1 - q
		if transpose {
			j = q
		}
		for i := range y.rows {
			reflectOnce(u, j, y.v[i*y.cols:(i+1)*y.cols])
		}
	}
	return y
}

func dots(u dense, j int, h []float64) (uh, uu float64) {
	for c := j; c < u.cols; c++ {
		uh += u.at(j, c) * h[c]
		uu += u.at(j, c) * u.at(j, c)
	}
	return uh, uu
}

func reflectOnce(u dense, j int, h []float64) {
	uh, uu := dots(u, j, h)
	if uu == 0 {
		return
	}
	for c := j; c < u.cols; c++ {
		h[c] -= 2 * uh / uu * u.at(j, c)
	}
}

// wantReflectGradient is the gradient by the formulas of the declaration, from the input on.
func wantReflectGradient(u, y, dy dense, transpose bool) (dx, du dense) {
	h, g := y.clone(), dy.clone()
	du = newDense(u.rows, u.cols)
	for q := range u.rows {
		j := q
		if transpose {
			j = u.rows - 1 - q
		}
		for i := range y.rows {
			hi, gi := h.v[i*h.cols:(i+1)*h.cols], g.v[i*g.cols:(i+1)*g.cols]
			reflectOnce(u, j, hi)
			uh, uu := dots(u, j, hi)
			ug, _ := dots(u, j, gi)
			if uu == 0 {
				continue
			}
			a, b := uh/uu, ug/uu
			for c := j; c < u.cols; c++ {
				du.v[j*u.cols+c] += -2*a*gi[c] - 2*b*hi[c] + 4*a*b*u.at(j, c)
				gi[c] -= 2 * b * u.at(j, c)
			}
		}
	}
	return g, du
}

type reflectCase struct {
	m, n, batch        int
	transpose, inPlace bool
	zero               bool // reflector 0 is zero
	pad                int
}

func (c reflectCase) String() string {
	return fmt.Sprintf("m=%d/n=%d/B=%d/transpose=%t/inplace=%t/zero=%t/pad=%d", c.m, c.n, c.batch, c.transpose, c.inPlace, c.zero, c.pad)
}

func reflectCases() []reflectCase {
	var cases []reflectCase
	for i, n := range sizes {
		for j, m := range []int{0, 1, n / 2, n} {
			x := i*4 + j
			cases = append(cases, reflectCase{m: m, n: n, batch: sizes[(x*3)%len(sizes)], transpose: x%2 == 0, inPlace: x%3 == 0, zero: x%5 == 0, pad: x / 2 % 2 * 5})
		}
	}
	return append(cases, reflectCase{m: 3, n: 5, batch: 0}, reflectCase{m: 16, n: 40, batch: 300})
}

func (c reflectCase) run(t *testing.T, k *kernels, threads int) (gpu.Reflect, gpu.ReflectBackward) {
	f := newFixture(t, k, threads, c.pad)
	u := f.reflectors(c.m, c.n, true)
	if c.zero && c.m > 0 {
		clear(u.Buf.Host()[u.Off : u.Off+c.n])
	}
	fwd := gpu.Reflect{U: u, X: f.random(c.batch, c.n), Transpose: c.transpose}
	fwd.Y = f.out(c.batch, c.n)
	if c.inPlace {
		fwd.Y = fwd.X
	}
	bwd := gpu.ReflectBackward{U: u, Y: fwd.Y, DY: f.random(c.batch, c.n), DU: f.out(c.m, c.n), Transpose: c.transpose}
	bwd.DX = f.out(c.batch, c.n)
	if c.inPlace {
		bwd.DX = bwd.DY
	}
	x, dy := get(t, fwd.X), get(t, bwd.DY)
	f.run(fwd, bwd)
	uu := get(t, u)
	near(t, "Y", fwd.Y, wantReflect(uu, x, c.transpose), float64(20+4*c.m), 4)
	dx, du := wantReflectGradient(uu, get(t, fwd.Y), dy, c.transpose)
	near(t, "DX", bwd.DX, dx, float64(20+4*c.m), 4)
	near(t, "DU", bwd.DU, du, float64(40+8*c.m), 4*float64(1+c.batch))
	return fwd, bwd
}

func TestReflect(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range reflectCases() {
			t.Run(c.String(), func(t *testing.T) {
				fwd, bwd := c.run(t, k, 1)
				for _, threads := range []int{2, 3} {
					f, b := c.run(t, k, threads)
					same(t, "Y", fwd.Y, f.Y)
					same(t, "DX", bwd.DX, b.DX)
					same(t, "DU", bwd.DU, b.DU)
				}
			})
		}
	})
}

func TestNormalizeAndMaskReflectors(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, n := range sizes {
			f := newFixture(t, k, 2, n%3)
			u := f.reflectors((n+1)/2, n, true)
			scaled := f.view(u.Rows, n, func(int) float32 { return 1e-30 })
			mask := f.reflectors(n, n, true)
			sets, setsMask := f.random(3*u.Rows, n), f.random(3*u.Rows, n)
			setsBefore, setsKept := get(t, sets), get(t, setsMask)
			before := get(t, u)
			kept := get(t, mask)
			f.run(gpu.NormalizeReflectors{U: u}, gpu.NormalizeReflectors{U: scaled}, gpu.MaskReflectors{U: mask},
				gpu.NormalizeReflectors{U: sets, Sets: 3}, gpu.MaskReflectors{U: setsMask, Sets: 3})
			tiny := newDense(u.Rows, n)
			for j := range u.Rows {
				_, uu := dots(before, j, before.v[j*n:])
				for c := range n {
					before.set(j, c, before.at(j, c)/sqrt(uu))
					if c < j {
						before.set(j, c, 0)
					} else {
						tiny.set(j, c, 1/sqrt(float64(n-j)))
					}
				}
			}
			for i := range kept.v {
				if i%n < i/n {
					kept.v[i] = 0
				}
			}
			for j := range 3 * u.Rows {
				row, at := setsBefore.v[j*n:(j+1)*n], j%u.Rows
				_, uu := dots(dense{1, n - at, row[at:]}, 0, row[at:])
				for c := range n {
					row[c] /= sqrt(uu)
					if c < at {
						row[c], setsKept.v[j*n+c] = 0, 0
					}
				}
			}
			near(t, "three sets", sets, setsBefore, 2, 0)
			near(t, "mask of three sets", setsMask, setsKept, 0, 1)
			near(t, "U", u, before, 2, 0)
			near(t, "tiny U", scaled, tiny, 2, 0)
			near(t, "mask", mask, kept, 0, 1)
		}
	})
}
