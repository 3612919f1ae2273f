package cpu

import (
	"fmt"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// maskedRNN is a recurrence of which the last state alone is read, there and back, with some states dropped: what W is given is kept in the states or apart
// from them.
type maskedRNN struct {
	ops                       []gpu.Op
	last, given               gpu.View
	delta, dh0, dunit, dw     gpu.View
	coefficients, e, diagonal gpu.View
}

func newMaskedRNN(f *fixture, c rnnCase, rank int, inH bool) maskedRNN {
	rows := c.steps * c.batch
	if c.act.PerUnit() {
		c.act.Unit = f.view(1, c.n, func(int) float32 { return 0.3 })
	}
	r := newRNN(f, c)
	mask := f.view(c.batch, c.n, func(i int) float32 { return float32(min(i*7%5, 1)) })
	h := r.fwd.H
	m := maskedRNN{last: h.RowRange(rows, rows+c.batch), delta: r.bwd.Delta, dh0: r.bwd.DH0, dw: r.grad.DW}
	kept := h
	if !inH {
		kept = f.out(rows+c.batch, c.n)
	}
	m.given = kept.RowRange(0, rows)
	if c.act.PerUnit() {
		m.dunit = f.out(c.batch, c.n)
	}
	r.fwd.Mask, r.fwd.Masked, r.bwd.Mask, r.bwd.DUnit, r.grad.H = mask, m.given, mask, m.dunit, kept
	m.ops = []gpu.Op{r.fwd, r.bwd, r.grad}
	if rank > 0 {
		d, l, right := f.view(1, c.n, func(int) float32 { return 0.9 }), f.weight(rank, c.n), f.weight(rank, c.n)
		m.coefficients, m.e, m.diagonal = f.out(rows, rank), f.out(rows, rank), f.out(1, c.n)
		r.grad.DDiag = m.diagonal
		m.ops = []gpu.Op{
			gpu.RNNLowRankForward{H: h, D: d, L: l, R: right, C: m.coefficients, Z: r.fwd.Z, X: r.fwd.X, Wx: r.fwd.Wx, Bias: r.fwd.Bias, Mask: mask, Masked: m.given, T: c.steps, B: c.batch, Act: c.act},
			gpu.RNNLowRankBackward{Delta: m.delta, E: m.e, D: d, L: l, R: right, H: h, DH: r.bwd.DH, DH0: m.dh0, Mask: mask, DUnit: m.dunit, T: c.steps, B: c.batch, Act: c.act}, r.grad}
	}
	f.run(m.ops...)
	return m
}

// TestMaskedInStates: what W is given and all that comes of it is the same, but for the sign of a 0, whether it is kept apart or in the states.
func TestMaskedInStates(t *testing.T) {
	cases := []rnnCase{
		{steps: 5, batch: 7, n: 33, inputs: 2, pad: 5}, {steps: 4, batch: 40, n: 24, inputs: -1}, {steps: 3, batch: 5, n: 31, inputs: -1, inPlace: true},
		{steps: 4, batch: 2, n: 300, inputs: 1, pad: 3}, {steps: 1, batch: 3, n: 9, inputs: 0}, {steps: 3, batch: 3, n: 1024, inputs: 1},
	}
	kinds := []gpu.ActivationKind{gpu.LeakyReLU, gpu.Tanh, gpu.ModReLU, gpu.ScaledTanh, gpu.ReLU}
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for i, c := range cases {
			for j, kind := range kinds {
				if (i+j)%2 == 1 && kind != gpu.ModReLU {
					continue
				}
				for _, rank := range []int{0, 3} {
					c.last, c.act = true, gpu.Activation{Kind: kind, Slope: 0.1}
					t.Run(fmt.Sprintf("%v/rank=%d", c, rank), func(t *testing.T) {
						run := func(inH bool) maskedRNN {
							f := newFixture(t, k, 2, c.pad)
							m := newMaskedRNN(f, c, rank, inH)
							f.checkGuards()
							return m
						}
						apart, inH := run(false), run(true)
						for _, v := range []struct {
							name string
							a, b gpu.View
						}{{"h_T", apart.last, inH.last}, {"Masked", apart.given, inH.given}, {"Delta", apart.delta, inH.delta}, {"DH0", apart.dh0, inH.dh0},
							{"DUnit", apart.dunit, inH.dunit}, {"DW", apart.dw, inH.dw}, {"C", apart.coefficients, inH.coefficients}, {"E", apart.e, inH.e}, {"DDiag", apart.diagonal, inH.diagonal}} {
							if v.a.IsZero() {
								continue
							}
							want, got := get(t, v.a).v, get(t, v.b).v
							for i := range want {
								if got[i] != want[i] { // a 0 may have another sign
									t.Fatalf("%s: element %d is %g, not %g", v.name, i, got[i], want[i])
								}
							}
						}
					})
				}
			}
		}
	})
}
