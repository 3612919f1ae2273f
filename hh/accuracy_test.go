package hh_test

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
	"github.com/spectral-gpu/spectral-gpu/hh"
)

// initialised returns reflectors as training starts with them.
func initialised(t *testing.T, m, n int) oracle.Matrix {
	t.Helper()
	u := make([]float32, m*n)
	if err := hh.InitReflectors(u, m, n, philox.New(9, uint64(m*n))); err != nil {
		t.Fatal(err)
	}
	return oracle.FromFloat32(u, m, n, n)
}

// TestOrthogonality bounds ‖QᵀQ − I‖_F/√n of the fp32 matrix Q on every fp32 executor, computed in float64 from what was read back,
// and holds the Defect that devices compute themselves against it.
func TestOrthogonality(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		if e.exact {
			t.Skip("float64 has no such defect, and takes minutes")
		}
		for _, c := range []struct {
			n, m  int
			bound float64
		}{{128, 16, 5e-7}, {128, 128, 1e-6}, {512, 512, 2e-6}, {1024, 1024, 3e-6}} {
			t.Run(fmt.Sprintf("n=%d/m=%d", c.n, c.m), func(t *testing.T) {
				v := newValues(t, e, dev)
				defer v.close()
				u := v.in(initialised(t, c.m, c.n), 0)
				q, err := hh.NewDenseQ(dev, u, true)
				if err != nil {
					t.Fatal(err)
				}
				defer q.Close()
				d, err := hh.NewDefect(dev, u)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				v.run(append(q.Materialise(), d.Ops()...)...)
				got, err := d.Value()
				if err != nil {
					t.Fatal(err)
				}
				want := oracle.OrthogonalityDefect(v.get(q.Q()))
				t.Logf("‖QᵀQ−I‖_F/√n = %.2g, measured on the device as %.2g", want, got)
				if want > c.bound {
					t.Errorf("‖QᵀQ−I‖_F/√n = %.3g, want at most %.1g", want, c.bound)
				}
				// The device's own product rounds too.
				if got > want+1e-6 || got < want/2 {
					t.Errorf("the device says %.3g, float64 says %.3g", got, want)
				}
			})
		}
	})
}

// TestDefectOfLongReflectors: above n = 2,048 the defect is estimated, without a matrix of n²; it is about what forming Q tells of one that is
// hardly shorter.
func TestDefectOfLongReflectors(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		if e.exact {
			t.Skip("float64 has no such defect, and takes minutes")
		}
		v := newValues(t, e, dev)
		defer v.close()
		measure := func(m, n int) (defect float64, words int64) {
			var mem gpu.Arena
			d, err := hh.PlanDefect(&mem, v.in(initialised(t, m, n), 0))
			if err != nil {
				t.Fatal(err)
			}
			if err := mem.Alloc(dev); err != nil {
				t.Fatal(err)
			}
			defer mem.Close()
			v.run(d.Ops()...)
			if defect, err = d.Value(); err != nil {
				t.Fatal(err)
			}
			return defect, mem.Words()
		}
		const m, n = 24, 2048
		formed, _ := measure(m, n)
		estimated, words := measure(m, n+2)
		t.Logf("%.3g formed, %.3g estimated in %d words", formed, estimated, words)
		if words > 300*n {
			t.Errorf("%d words of memory for n = %d", words, n+2)
		}
		if ratio := estimated / formed; ratio < 0.25 || ratio > 4 {
			t.Errorf("the defect is estimated as %.3g, formed it is %.3g", estimated, formed)
		}
	})
}

// TestProductOrthogonality bounds the defect of Q as a product makes it, from its application to the rows of the identity.
func TestProductOrthogonality(t *testing.T) {
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		if e.exact {
			t.Skip("float64 has no such defect, and takes minutes")
		}
		for _, c := range []struct {
			n, block int
			bound    float64
		}{{128, 16, 1e-6}, {128, 32, 1e-6}, {1024, 32, 3e-6}} {
			v := newValues(t, e, dev)
			defer v.close()
			u, x, y := v.in(initialised(t, c.n, c.n), 0), v.in(oracle.Identity(c.n), 0), v.out(c.n, c.n, 0)
			p, err := hh.NewProduct(dev, hh.ProductConfig{Batch: c.n, Dim: c.n, Reflectors: c.n, Algorithm: hh.BlockedWY, Block: c.block, ForwardOnly: true}, u)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			apply, err := p.Apply(y, x, false)
			if err != nil {
				t.Fatal(err)
			}
			v.run(append(p.Prepare(), apply...)...)
			got := oracle.OrthogonalityDefect(v.get(y))
			t.Logf("n=m=%d, blocks of %d: ‖QᵀQ−I‖_F/√n = %.2g", c.n, c.block, got)
			if got > c.bound {
				t.Errorf("n=m=%d, blocks of %d: ‖QᵀQ−I‖_F/√n = %.3g, want at most %.1g", c.n, c.block, got, c.bound)
			}
		}
	})
}

// TestGradientAccuracy bounds the error of gradients at n = m = 256, relative to the float64 oracle in the Frobenius norm.
func TestGradientAccuracy(t *testing.T) {
	const n, B, bound = 256, 32, 1e-4
	U, G, X, dY := initialised(t, n, n), random("G", n, n), random("X", B, n), random("dY", B, n)
	wantQ := oracle.QGradient(U, G)
	_, wantU := oracle.ApplyGradient(U, X, dY)
	relative := func(got, want oracle.Matrix) float64 {
		return oracle.Frobenius(oracle.Sub(got, want)) / oracle.Frobenius(want)
	}
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		if e.exact {
			t.Skip("the bound is about fp32")
		}
		v := newValues(t, e, dev)
		defer v.close()
		u, du := v.in(U, 0), v.out(n, n, 0)
		q, err := hh.NewDenseQ(dev, u, false)
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		ops, err := q.Gradient(v.in(G, 0), du)
		if err != nil {
			t.Fatal(err)
		}
		v.run(append(q.Materialise(), ops...)...)
		if rel := relative(v.get(du), wantQ); rel > bound {
			t.Errorf("dense Q: the gradient is off by %.2g, want at most %g", rel, bound)
		}
		for _, a := range hh.Algorithms() {
			p, err := hh.NewProduct(dev, hh.ProductConfig{Batch: B, Dim: n, Reflectors: n, Algorithm: a}, u)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			y := v.out(B, n, 0)
			apply, err := p.Apply(y, v.in(X, 0), false)
			if err != nil {
				t.Fatal(err)
			}
			back, err := p.Backward(v.out(B, n, 0), du, v.in(dY, 0), y, false)
			if err != nil {
				t.Fatal(err)
			}
			v.run(append(append(p.Prepare(), apply...), back...)...)
			rel := relative(v.get(du), wantU)
			t.Logf("%v: gradient off by %.2g", a, rel)
			if rel > bound {
				t.Errorf("%v: the gradient is off by %.2g, want at most %g", a, rel, bound)
			}
		}
	})
}

// TestThousandReflectors applies 1,000 reflectors and goes back through them.
func TestThousandReflectors(t *testing.T) {
	const n, B = 1000, 2
	U, X, dY := initialised(t, n, n), random("X", B, n), random("dY", B, n)
	want := oracle.Apply(U, X)
	wantX, wantU := oracle.ApplyGradient(U, X, dY)
	onEvery(t, func(t *testing.T, e executor, dev *gpu.Device) {
		for _, a := range hh.Algorithms() {
			if e.exact && a == hh.CompactWY {
				continue // plain loops take a minute
			}
			v := newValues(t, e, dev)
			defer v.close()
			u, x, y, dy := v.in(U, 0), v.in(X, 0), v.out(B, n, 0), v.in(dY, 0)
			dx, du := v.out(B, n, 0), v.out(n, n, 0)
			p, err := hh.NewProduct(dev, hh.ProductConfig{Batch: B, Dim: n, Reflectors: n, Algorithm: a, Block: 32}, u)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			apply, err := p.Apply(y, x, false)
			if err != nil {
				t.Fatal(err)
			}
			back, err := p.Backward(dx, du, dy, y, false)
			if err != nil {
				t.Fatal(err)
			}
			v.run(append(append(p.Prepare(), apply...), back...)...)
			near(t, a.String()+" y", v.get(y), want, e.tol)
			near(t, a.String()+" dx", v.get(dx), wantX, e.tol)
			near(t, a.String()+" du", v.get(du), wantU, 4*e.tol)
		}
	})
}
