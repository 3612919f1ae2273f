package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

type productCase struct {
	B, n, m   int
	algorithm hh.Algorithm
	block     int
	transpose bool
	pad       int
	inPlace   bool
	edit      func(u oracle.Matrix) // makes the reflectors special
}

func (c productCase) String() string {
	s := fmt.Sprintf("%dx%d/m=%d/%v/b=%d", c.B, c.n, c.m, c.algorithm, c.block)
	if c.transpose {
		s += "/transposed"
	}
	if c.inPlace {
		s += "/in-place"
	}
	if c.pad > 0 {
		s += fmt.Sprintf("/pad=%d", c.pad)
	}
	return s
}

func zeroSome(u oracle.Matrix) {
	for j := 0; j < u.Rows; j += 3 {
		clear(u.Row(j))
	}
}

// nearlyParallel makes every reflector the previous one plus a ten-thousandth.
func nearlyParallel(u oracle.Matrix) {
	for j := 1; j < u.Rows; j++ {
		for i := j; i < u.Cols; i++ {
			u.Set(j, i, float64(float32(u.At(j-1, i)+1e-4*u.At(j, i))))
		}
	}
}

func productCases() []productCase {
	var out []productCase
	for _, n := range []int{1, 2, 3, 7, 31, 32, 33} {
		for _, m := range []int{0, 1, (n + 1) / 2, n} {
			for _, a := range append(hh.Algorithms(), hh.AlgorithmAuto) {
				out = append(out, productCase{B: 5, n: n, m: m, algorithm: a, block: 4, transpose: m%2 == 1, pad: m % 3, inPlace: n%2 == 1})
			}
		}
	}
	for _, a := range hh.Algorithms() {
		for _, transpose := range []bool{false, true} {
			out = append(out,
				productCase{B: 0, n: 4, m: 2, algorithm: a, transpose: transpose},
				productCase{B: 1, n: 127, m: 127, algorithm: a, transpose: transpose, pad: 1},
				productCase{B: 3, n: 128, m: 50, algorithm: a, block: 16, transpose: transpose, inPlace: true},
				productCase{B: 33, n: 129, m: 64, algorithm: a, block: 32, transpose: transpose, pad: 3},
				productCase{B: 4, n: 24, m: 13, algorithm: a, block: 4, transpose: transpose, edit: zeroSome},
				productCase{B: 4, n: 24, m: 13, algorithm: a, block: 4, transpose: transpose, edit: nearlyParallel})
		}
	}
	return out
}

func (c productCase) reflectors() oracle.Matrix {
	u := randomReflectors("U", c.m, c.n)
	if c.edit != nil {
		c.edit(u)
	}
	return u
}

func (c productCase) run(t *testing.T, e executor, dev *gpu.Device) {
	U, X, dY := c.reflectors(), random("X", c.B, c.n), random("dY", c.B, c.n)
	v := newValues(t, e, dev)
	defer v.close()
	u, x, y := v.in(U, c.pad), v.in(X, c.pad), v.out(c.B, c.n, c.pad)
	dy, dx, du := v.in(dY, c.pad), v.out(c.B, c.n, 0), v.out(c.m, c.n, c.pad)
	if c.inPlace {
		y, dx = x, dy
	}
	p, err := hh.NewProduct(dev, hh.ProductConfig{Batch: c.B, Dim: c.n, Reflectors: c.m, Algorithm: c.algorithm, Block: c.block}, u)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	apply, err := p.Apply(y, x, c.transpose)
	if err != nil {
		t.Fatal(err)
	}
	back, err := p.Backward(dx, du, dy, y, c.transpose)
	if err != nil {
		t.Fatal(err)
	}
	v.run(append(append(p.Prepare(), apply...), back...)...)
	wantY, wantGrad := oracle.Apply, oracle.ApplyGradient
	if c.transpose {
		wantY, wantGrad = oracle.ApplyTransposed, oracle.ApplyTransposedGradient
	}
	dX, dU := wantGrad(U, X, dY)
	near(t, "Y", v.get(y), wantY(U, X), e.tol)
	near(t, "dX", v.get(dx), dX, e.tol)
	near(t, "dU", v.get(du), dU, 4*e.tol)
}

func TestProduct(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, c := range productCases() {
			t.Run(c.String(), func(t *testing.T) { c.run(t, e, dev) })
		}
	})
}

func TestDenseQ(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, s := range [][2]int{{1, 0}, {1, 1}, {2, 1}, {3, 3}, {7, 4}, {31, 31}, {33, 8}, {65, 65}, {300, 280}} {
			n, m := s[0], s[1]
			if e.exact && n > 100 {
				continue // plain loops: the fp32 executors cover the blocks of large sizes
			}
			t.Run(fmt.Sprintf("n=%d/m=%d", n, m), func(t *testing.T) {
				U, G := randomReflectors("U", m, n), random("G", n, n)
				v := newValues(t, e, dev)
				defer v.close()
				u, dq, du := v.in(U, 2), v.in(G, 1), v.out(m, n, 3)
				d, err := hh.NewDenseQ(dev, u, false)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				grad, err := d.Gradient(dq, du)
				if err != nil {
					t.Fatal(err)
				}
				v.run(append(d.Materialise(), grad...)...)
				near(t, "Q", v.get(d.Q()), oracle.Q(U), e.tol)
				near(t, "dU", v.get(du), oracle.QGradient(U, G), 4*e.tol)
			})
		}
	})
}
