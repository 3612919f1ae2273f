package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// gru holds the operands of the operations of a GRU.
type gru struct {
	fwd  gpu.GRUForward
	bwd  gpu.GRUBackward
	grad []gpu.Op // of the input map, and of the recurrent matrix in two parts
	dw   gpu.View
	dwx  gpu.View
	dhid gpu.View
	seen gpu.View // the states as W is given them
}

func newGRU(f *fixture, c lstmCase) gru {
	var r gru
	tb, n := c.steps*c.batch, c.n
	r.fwd = gpu.GRUForward{H: f.stateful(tb, c.batch, n), W: f.weight(3*n, n), T: c.steps, B: c.batch}
	r.fwd.Mask, r.fwd.Masked, r.seen = c.mask(f, r.fwd.H)
	switch {
	case c.inputs < 0 && c.inPlace:
		r.fwd.G = f.random(tb, 4*n)
		r.fwd.Z = r.fwd.Outer()
	case c.inputs < 0:
		r.fwd.G, r.fwd.Z = f.out(tb, 4*n), f.random(tb, 3*n)
	default:
		r.fwd.G, r.fwd.X, r.fwd.Wx = f.out(tb, 4*n), f.random(tb, c.inputs), f.weight(3*n, c.inputs)
		if !c.bare {
			r.fwd.Bias = f.random(1, 3*n)
		}
	}
	if !c.bare {
		r.fwd.HiddenBias = f.random(1, n)
	}
	r.bwd = gpu.GRUBackward{DZ: f.out(tb, 4*n), W: r.fwd.W, G: r.fwd.G, H: r.fwd.H, Mask: r.fwd.Mask, T: c.steps, B: c.batch}
	if c.inPlace {
		r.bwd.DZ = r.bwd.G
	}
	if !c.bare {
		r.bwd.DH0 = f.out(c.batch, n)
	}
	if c.last {
		r.bwd.DH = f.random(c.batch, n)
	} else {
		r.bwd.DH = f.random(tb, n)
	}
	r.dw, r.dhid = f.out(3*n, n), f.out(1, n)
	outer := gpu.RNNGradient{Delta: r.bwd.DZ.ColRange(0, 3*n), H: r.fwd.H, DBias: f.out(1, 3*n), T: c.steps, B: c.batch}
	if c.inputs > 0 {
		r.dwx = f.out(3*n, c.inputs)
		outer.X, outer.DWx = r.fwd.X, r.dwx
	}
	r.grad = []gpu.Op{outer,
		gpu.RNNGradient{Delta: r.bwd.DZ.ColRange(0, 2*n), H: r.seen, DW: r.dw.RowRange(0, 2*n), T: c.steps, B: c.batch},
		gpu.RNNGradient{Delta: r.bwd.DZ.ColRange(3*n, 4*n), H: r.seen, DW: r.dw.RowRange(2*n, 3*n), DBias: r.dhid, T: c.steps, B: c.batch}}
	return r
}

// check compares the outputs with plain loops over the operands as they were before the run.
func (r gru) check(t *testing.T, f *fixture, c lstmCase) {
	n, b := c.n, c.batch
	w, h, hidden := get(t, r.fwd.W), get(t, r.fwd.H), newDense(1, n)
	if !c.bare {
		hidden = get(t, r.fwd.HiddenBias)
	}
	var z dense
	if c.inputs < 0 {
		z = get(t, r.fwd.Z)
	} else {
		bias := newDense(1, 3*n)
		if !c.bare {
			bias = get(t, r.fwd.Bias)
		}
		z = multiply(get(t, r.fwd.X), get(t, r.fwd.Wx).transposed())
		for i := range z.v {
			z.v[i] += bias.v[i%(3*n)]
		}
	}
	f.run(r.fwd)
	gates, wt := newDense(c.steps*b, 4*n), w.transposed()
	for row := range c.steps * b {
		a := multiply(dense{1, n, underMask(t, h, r.fwd.Mask).v[row*n : (row+1)*n]}, wt)
		for j := range n {
			product := a.v[2*n+j] + hidden.v[j]
			reset, update := logistic(a.v[j]+z.at(row, j)), logistic(a.v[n+j]+z.at(row, n+j))
			candidate := math.Tanh(z.at(row, 2*n+j) + reset*product)
			for g, v := range []float64{reset, update, candidate, product} {
				gates.set(row, g*n+j, v)
			}
			h.set(row+b, j, (1-update)*candidate+update*h.at(row, j))
		}
	}
	tolerance := float64(8*(c.steps+2)) * math.Sqrt(float64(n+1))
	near(t, "H", r.fwd.H, h, tolerance, 4)
	near(t, "G", r.fwd.G, gates, tolerance, 4)

	checkMasked(t, r.fwd.Masked, r.fwd.H, r.fwd.Mask)

	h, gates = get(t, r.fwd.H), get(t, r.fwd.G) // go on from what was computed
	f.run(append([]gpu.Op{r.bwd}, r.grad...)...)
	dh, delta, back, next, carried := get(t, r.bwd.DH), newDense(c.steps*b, 4*n), newDense(b, 3*n), newDense(b, n), newDense(b, n)
	for step := c.steps - 1; step >= 0; step-- {
		for i := range b {
			for j := range n {
				row := step*b + i
				reset, update, candidate, product := gates.at(row, j), gates.at(row, n+j), gates.at(row, 2*n+j), gates.at(row, 3*n+j)
				d := next.at(i, j) + carried.at(i, j)
				if !c.last || c.steps == 1 {
					d += dh.at(row, j)
				} else if step == c.steps-1 {
					d += dh.at(i, j)
				}
				carried.set(i, j, d*update)
				dn := d * (1 - update) * (1 - candidate*candidate)
				for g, v := range []float64{dn * product * reset * (1 - reset), d * (h.at(row, j) - candidate) * update * (1 - update), dn, dn * reset} {
					delta.set(row, g*n+j, v)
					if to := []int{0, 1, -1, 2}[g]; to >= 0 {
						back.set(i, to*n+j, v)
					}
				}
			}
		}
		next = underMask(t, multiply(back, w), r.bwd.Mask)
	}
	near(t, "DZ", r.bwd.DZ, delta, tolerance, 8)
	if !c.bare {
		for i := range next.v {
			next.v[i] += carried.v[i]
		}
		near(t, "DH0", r.bwd.DH0, next, tolerance, 8)
	}
	r.checkGradient(t, c)
}

// checkGradient compares the weights' gradients with sums over δ as it was computed.
func (r gru) checkGradient(t *testing.T, c lstmCase) {
	dt, rows, n := get(t, r.bwd.DZ).transposed(), c.steps*c.batch, c.n
	k := math.Sqrt(float64(rows + 1))
	of := func(lo, hi int) dense { return dense{hi - lo, rows, dt.v[lo*rows : hi*rows]} }
	previous := dense{rows, n, get(t, r.seen).v[:rows*n]}
	near(t, "DW of r and z", r.dw.RowRange(0, 2*n), multiply(of(0, 2*n), previous), 4+k, 20*k)
	near(t, "DW of n", r.dw.RowRange(2*n, 3*n), multiply(of(3*n, 4*n), previous), 4+k, 20*k)
	ones := newDense(rows, 1)
	for i := range ones.v {
		ones.v[i] = 1
	}
	near(t, "DHiddenBias", r.dhid, multiply(of(3*n, 4*n), ones).transposed(), 4+k, 20*k)
	if c.inputs > 0 {
		near(t, "DWx", r.dwx, multiply(of(0, 3*n), get(t, r.fwd.X)), 4+k, 20*k)
	}
}

func TestGRU(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range lstmCases() {
			t.Run(c.String(), func(t *testing.T) {
				f := newFixture(t, k, 2, c.pad)
				newGRU(f, c).check(t, f, c)
			})
		}
	})
}

// TestGRUDoesNotDependOnThreads also proves that evaluation, which keeps no gates, has the bits of training.
func TestGRUDoesNotDependOnThreads(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range lstmCases() {
			var first gru
			for _, threads := range []int{1, 2, 3} {
				f := newFixture(t, k, threads, c.pad)
				r := newGRU(f, c)
				f.run(r.fwd, r.bwd)
				if threads == 1 {
					first = r
					continue
				}
				same(t, "H", first.fwd.H, r.fwd.H)
				same(t, "DZ", first.bwd.DZ, r.bwd.DZ)
				if !c.bare {
					same(t, "DH0", first.bwd.DH0, r.bwd.DH0)
				}
				if !c.inPlace {
					f = newFixture(t, k, threads, c.pad)
					r = newGRU(f, c)
					r.fwd.G = gpu.View{}
					f.run(r.fwd)
					same(t, "H without gates", first.fwd.H, r.fwd.H)
				}
			}
		}
	})
}

// BenchmarkGRU times the operations of a GRU.
func BenchmarkGRU(b *testing.B) {
	for _, k := range available() {
		f := newFixture(b, k, 2, 0)
		r := newGRU(f, lstmCase{steps: 784, batch: 128, n: 128, inputs: 1, last: true})
		for _, part := range []struct {
			name string
			ops  []gpu.Op
		}{{"step", append([]gpu.Op{r.fwd, r.bwd}, r.grad...)}, {"forward", []gpu.Op{r.fwd}}, {"backward", []gpu.Op{r.bwd}}} {
			b.Run(fmt.Sprintf("n=128/%s/%s", part.name, k.key), func(b *testing.B) { benchmark(b, f, part.ops...) })
		}
	}
}
