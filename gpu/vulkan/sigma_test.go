//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func TestSigma(t *testing.T) {
	dev := deviceFor(t)
	for _, n := range append([]int{1000}, sizes...) {
		for _, band := range [][2]float32{{1, 0.01}, {1, 0.1}, {0, 1}, {1, 0}, {3, 0.3}} {
			t.Run(fmt.Sprintf("n=%d,center=%g,radius=%g", n, band[0], band[1]), func(t *testing.T) {
				testSigma(t, dev, n, band[0], band[1])
			})
		}
	}
}

func testSigma(t *testing.T, dev *gpu.Device, n int, center, radius float32) {
	values, grads := randoms(8, n), randoms(9, n)
	copy(values, []float32{0, 40, -40, 1e30, -1e30, 7, -7, float32(math.NaN())})
	c, r := float64(center), float64(radius)
	logistic := func(s float64) float64 { return 1 / (1 + math.Exp(-s)) }
	s := newFilled(t, dev, "s", 1, n, layout{3, 0}, values)
	out, exp := newOperand(t, dev, "out", 1, n, tight), newOperand(t, dev, "exp", 1, n, tight)
	d := newFilled(t, dev, "dsigma", 1, n, layout{1, 0}, grads)
	ds, dexp := newOperand(t, dev, "ds", 1, n, tight), newOperand(t, dev, "dexp", 1, n, tight)
	runOps(t, dev,
		gpu.Sigma{Out: out.View, S: s.View, Center: center, Radius: radius},
		gpu.Sigma{Out: exp.View, S: s.View, Center: center, Radius: radius, Map: gpu.SigmaPositive},
		gpu.SigmaBackward{DS: ds.View, DSigma: d.View, S: s.View, Center: center, Radius: radius},
		gpu.SigmaBackward{DS: dexp.View, DSigma: d.View, S: s.View, Center: center, Radius: radius, Map: gpu.SigmaPositive},
		gpu.SigmaBackward{DS: d.View, DSigma: d.View, S: s.View, Center: center, Radius: radius},
		gpu.Sigma{Out: s.View, S: s.View, Center: center, Radius: radius})

	got := out.get()
	for i, v := range got {
		if float64(v) < c-r || float64(v) > c+r {
			t.Errorf("sigma[%d] = %v is outside of %v ± %v", i, v, c, r)
		}
	}
	want := mapped(values, func(s float64) float64 { return c + 2*r*(logistic(s)-0.5) })
	tol := constant(n, 3*unit*(math.Abs(c)+4*r))
	near(t, "sigma", got, want, tol)
	near(t, "sigma in place", s.get(), want, tol)

	slope := mapped(values, func(s float64) float64 { return 2 * r * logistic(s) * logistic(-s) })
	wantExp := mapped(values, func(s float64) float64 { return c * float64(float32(math.Exp(s))) })
	dwant, dwantExp := make([]float64, n), make([]float64, n)
	for i, g := range grads {
		dwant[i], dwantExp[i] = float64(g)*slope[i], float64(g)*wantExp[i]
	}
	loose := func(want []float64) []float64 {
		tol := relative(want, 12)
		for i := range tol {
			tol[i] += 1e-36
		}
		return tol
	}
	near(t, "ds", ds.get(), dwant, loose(dwant))
	near(t, "ds in place", d.get(), dwant, loose(dwant))
	if center != 0 {
		near(t, "positive sigma", exp.get(), wantExp, loose(wantExp))
		near(t, "ds of positive sigma", dexp.get(), dwantExp, loose(dwantExp))
	}
}

func TestSigmaBand(t *testing.T) {
	for _, c := range [][2]float32{{1, 0.01}, {1, 0.1}, {0, 1}, {1, 1e-9}, {3, 0.7}, {0.1, 0.3}} {
		lo, hi := sigmaBand(c[0], c[1])
		least, most := float64(c[0])-float64(c[1]), float64(c[0])+float64(c[1])
		if float64(lo) < least || float64(hi) > most || lo > hi {
			t.Errorf("%v ± %v: [%v, %v] is not inside of [%v, %v]", c[0], c[1], lo, hi, least, most)
		}
		if float64(math.Nextafter32(lo, -9)) >= least || float64(math.Nextafter32(hi, 9)) <= most {
			t.Errorf("%v ± %v: [%v, %v] could be wider", c[0], c[1], lo, hi)
		}
	}
}
