//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// step is one optimiser step's data on the host.
type optimizerData struct{ p, m, v, g, hyper, norm, groups []float32 }

func newOptimizerData(n int) optimizerData {
	d := optimizerData{p: randoms(20, n), m: randoms(21, n), v: randoms(22, n), g: randoms(23, n)}
	for i, v := range d.v {
		d.v[i] = v * v
	}
	d.hyper = make([]float32, gpu.HyperLen)
	copy(d.hyper, []float32{0.01, 0.9, 0.999, 1e-8, 1 - 0.9*0.9, 1 - 0.999*0.999, 0})
	sum := 0.0
	for _, v := range d.g {
		sum += float64(v) * float64(v)
	}
	d.norm = []float32{float32(math.Sqrt(sum)), 1}
	for b := range (n + gpu.GroupBlock - 1) / gpu.GroupBlock {
		d.groups = append(d.groups, []float32{1, 0, 0.5}[b%3], []float32{0, 0.1, 0.01, 0}[b%4])
	}
	return d
}

// clip returns the factor of the gradient.
func (d optimizerData) clip() float64 {
	norm, clip := float64(d.norm[0]), float64(d.hyper[gpu.HyperClip])
	if clip > 0 && norm > clip {
		return clip / norm
	}
	return 1
}

func (d optimizerData) adam() (p, m, v []float64) {
	h := wide(d.hyper)
	for i := range d.p {
		g := float64(d.g[i]) * d.clip()
		mi := h[1]*float64(d.m[i]) + (1-h[1])*g
		vi := h[2]*float64(d.v[i]) + (1-h[2])*g*g
		scale, decay := float64(d.groups[i/gpu.GroupBlock*2]), float64(d.groups[i/gpu.GroupBlock*2+1])
		m, v = append(m, mi), append(v, vi)
		p = append(p, float64(d.p[i])-h[0]*scale*(mi/h[4]/(math.Sqrt(vi/h[5])+h[3])+decay*float64(d.p[i])))
	}
	return p, m, v
}

func (d optimizerData) sgd() (p, m []float64) {
	h := wide(d.hyper)
	for i := range d.p {
		mi := h[1]*float64(d.m[i]) + float64(d.g[i])*d.clip()
		scale, decay := float64(d.groups[i/gpu.GroupBlock*2]), float64(d.groups[i/gpu.GroupBlock*2+1])
		m = append(m, mi)
		p = append(p, float64(d.p[i])-h[0]*scale*(mi+decay*float64(d.p[i])))
	}
	return p, m
}

func TestOptimizers(t *testing.T) {
	dev := deviceFor(t)
	for _, n := range append([]int{0, 63, 64, 65, 1000, 100_001}, sizes...) {
		for _, clip := range []float32{0, 0.5, 1e6} {
			for _, l := range layouts {
				t.Run(fmt.Sprintf("n=%d,clip=%g,%v", n, clip, l), func(t *testing.T) {
					d := newOptimizerData(n)
					d.hyper[gpu.HyperClip] = clip
					testOptimizers(t, dev, d, l)
				})
			}
		}
	}
}

func testOptimizers(t *testing.T, dev *gpu.Device, d optimizerData, l layout) {
	n := len(d.p)
	row := func(name string, values []float32, l layout) operand {
		return newFilled(t, dev, name, 1, len(values), l, values)
	}
	p, m, v, g := row("p", d.p, l), row("m", d.m, l), row("v", d.v, l.other()), row("g", d.g, l.other())
	hyper, norm := row("hyper", d.hyper, l), row("norm", d.norm, l)
	groups := newFilled(t, dev, "groups", len(d.groups)/2, 2, l, d.groups)
	p2, m2 := row("sgd p", d.p, l), row("sgd m", d.m, l)
	ops := []gpu.Op{
		gpu.Adam{P: p.View, M: m.View, V: v.View, G: g.View, Hyper: hyper.View, Norm: norm.View, Groups: groups.View},
		gpu.SGD{P: p2.View, M: m2.View, G: g.View, Hyper: hyper.View, Norm: norm.View, Groups: groups.View},
	}
	runOps(t, dev, ops...)
	wantP, wantM, wantV := d.adam()
	tol := constant(n, 0)
	for i := range tol {
		tol[i] = 20 * unit * (0.01*20 + math.Abs(wantP[i]))
	}
	near(t, "adam p", p.get(), wantP, tol)
	near(t, "adam m", m.get(), wantM, constant(n, 10*unit*4))
	near(t, "adam v", v.get(), wantV, constant(n, 10*unit*16))
	wantP, wantM = d.sgd()
	near(t, "sgd p", p2.get(), wantP, constant(n, 10*unit*8))
	near(t, "sgd m", m2.get(), wantM, constant(n, 10*unit*8))

	before := [][]float32{p.get(), m.get(), v.get(), p2.get(), m2.get()}
	norm.set([]float32{float32(math.NaN()), 0})
	runOps(t, dev, ops...)
	for i, o := range []operand{p, m, v, p2, m2} {
		if !slices.Equal(o.get(), before[i]) {
			t.Errorf("%v changed though the gradient is not finite", o.View)
		}
	}
}
