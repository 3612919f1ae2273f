package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// optimizerFixture is what the optimisers work on; the second group of parameters is frozen, the third decays.
type optimizerFixture struct {
	*fixture
	p, m, v, g, hyper, norm, groups gpu.View
}

func newOptimizerFixture(t *testing.T, k *kernels, threads, n int, clip, norm, finite float32) optimizerFixture {
	f := newFixture(t, k, threads, 3)
	hyper := []float32{0.1, 0.9, 0.99, 1e-8, 0.19, 0.02, clip, 0}
	group := func(i int) float32 { return []float32{1, 0, 0, 0.1, 0.5, 0.01}[i%6] }
	return optimizerFixture{f, f.random(1, n), f.random(1, n), f.view(1, n, func(int) float32 { return f.rng.Float32() }), f.random(1, n),
		f.view(1, gpu.HyperLen, func(i int) float32 { return hyper[i] }), f.view(1, 2, func(i int) float32 { return []float32{norm, finite}[i] }),
		f.view((n+gpu.GroupBlock-1)/gpu.GroupBlock, 2, group)}
}

func TestOptimizers(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, n := range append(sizes, 9000) {
			for _, c := range []struct{ clip, norm, finite float32 }{{0, 5, 1}, {2, 5, 1}, {10, 5, 1}, {2, nan, 0}} {
				f := newOptimizerFixture(t, k, 2, n, c.clip, c.norm, c.finite)
				p, m, v, g := get(t, f.p), get(t, f.m), get(t, f.v), get(t, f.g)
				f.run(gpu.Adam{P: f.p, M: f.m, V: f.v, G: f.g, Hyper: f.hyper, Norm: f.norm, Groups: f.groups})
				factor := 1.0
				if c.clip == 2 {
					factor = 0.4
				}
				groups := get(t, f.groups)
				if c.finite == 1 {
					for i := range p.v {
						gi := g.v[i] * factor
						m.v[i] = 0.9*m.v[i] + 0.1*gi
						v.v[i] = 0.99*v.v[i] + 0.01*gi*gi
						b := i / gpu.GroupBlock
						p.v[i] -= 0.1 * groups.at(b, 0) * (m.v[i]/0.19/(math.Sqrt(v.v[i]/0.02)+1e-8) + groups.at(b, 1)*p.v[i])
					}
				}
				what := fmt.Sprintf("n=%d clip=%g finite=%g", n, c.clip, c.finite)
				near(t, what+": P", f.p, p, 16, 4)
				near(t, what+": M", f.m, m, 8, 1)
				near(t, what+": V", f.v, v, 32, 1)

				p, m = get(t, f.p), get(t, f.m)
				f.run(gpu.SGD{P: f.p, M: f.m, G: f.g, Hyper: f.hyper, Norm: f.norm, Groups: f.groups})
				if c.finite == 1 {
					for i := range p.v {
						m.v[i] = 0.9*m.v[i] + factor*g.v[i]
						b := i / gpu.GroupBlock
						p.v[i] -= 0.1 * groups.at(b, 0) * (m.v[i] + groups.at(b, 1)*p.v[i])
					}
				}
				near(t, what+": P of SGD", f.p, p, 16, 4)
				near(t, what+": M of SGD", f.m, m, 8, 1)

				p, v = get(t, f.p), get(t, f.v)
				f.run(gpu.RMSprop{P: f.p, V: f.v, G: f.g, Hyper: f.hyper, Norm: f.norm, Groups: f.groups})
				if c.finite == 1 {
					for i := range p.v {
						gi := g.v[i] * factor
						v.v[i] = 0.99*v.v[i] + 0.01*gi*gi
						b := i / gpu.GroupBlock
						p.v[i] -= 0.1 * groups.at(b, 0) * (gi/(math.Sqrt(v.v[i])+1e-8) + groups.at(b, 1)*p.v[i])
					}
				}
				near(t, what+": P of RMSprop", f.p, p, 16, 4)
				near(t, what+": V of RMSprop", f.v, v, 32, 1)
			}
		}
	})
}
