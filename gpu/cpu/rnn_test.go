package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

type rnnCase struct {
	steps, batch, n, inputs int // inputs −1: pre-activations Z
	act                     gpu.Activation
	pad                     int
	inPlace, last           bool
}

func (c rnnCase) String() string {
	return fmt.Sprintf("T=%d/B=%d/n=%d/k=%d/%s/pad=%d/inplace=%t/last=%t", c.steps, c.batch, c.n, c.inputs, c.act, c.pad, c.inPlace, c.last)
}

func rnnCases() []rnnCase {
	var cases []rnnCase
	for i, n := range sizes {
		for j, b := range []int{1, 2, 7, 33, 128, 129} {
			x := i*6 + j
			cases = append(cases, rnnCase{steps: 1 + x%4, batch: b, n: n, inputs: []int{-1, 1, 3, 20, 0}[x%5], act: activations[(x/2)%4], pad: []int{0, 5}[x/3%2],
				inPlace: x%3 == 0, last: x%2 == 0})
		}
	}
	return append(cases, rnnCase{steps: 70, batch: 32, n: 64, inputs: 1, act: activations[1], last: true}, rnnCase{steps: 3, batch: 3, n: 600, inputs: 2, act: activations[2]},
		rnnCase{steps: 3, batch: 1, n: 600, inputs: -1, act: activations[3]}, rnnCase{steps: 5, batch: 2, n: 300, inputs: 3, act: activations[1], pad: 5},
		rnnCase{steps: 4, batch: 3, n: 200, inputs: 1, act: activations[2], last: true}, rnnCase{steps: 9, batch: 260, n: 140, inputs: 1, act: activations[0], last: true},
		rnnCase{steps: 0, batch: 3, n: 5, inputs: -1}, rnnCase{steps: 3, batch: 0, n: 5, inputs: -1})
}

// weight returns a matrix of norm about 1, so that states neither vanish nor explode.
func (f *fixture) weight(rows, cols int) gpu.View {
	return f.view(rows, cols, func(int) float32 { return float32(f.rng.NormFloat64() / math.Sqrt(float64(max(rows, cols)))) })
}

// rnn holds the operands of the three recurrent operations.
type rnn struct {
	fwd  gpu.RNNForward
	bwd  gpu.RNNBackward
	grad gpu.RNNGradient
}

func newRNN(f *fixture, c rnnCase) rnn {
	var r rnn
	tb := c.steps * c.batch
	h := f.out(tb+c.batch, c.n)
	for i := range c.batch { // h_0
		for j := range c.n {
			h.Buf.Host()[h.Off+i*h.Stride+j] = float32(f.rng.NormFloat64())
		}
	}
	r.fwd = gpu.RNNForward{H: h, W: f.weight(c.n, c.n), T: c.steps, B: c.batch, Act: c.act}
	switch {
	case c.inputs < 0 && c.inPlace:
		r.fwd.Z = r.fwd.States()
		for i := range tb {
			for j := range c.n {
				h.Buf.Host()[r.fwd.Z.Off+i*h.Stride+j] = float32(f.rng.NormFloat64())
			}
		}
	case c.inputs < 0:
		r.fwd.Z = f.random(tb, c.n)
	default:
		r.fwd.X, r.fwd.Wx, r.fwd.Bias = f.random(tb, c.inputs), f.weight(c.n, c.inputs), f.random(1, c.n)
	}
	r.bwd = gpu.RNNBackward{Delta: f.out(tb, c.n), W: r.fwd.W, H: h, DH0: f.out(c.batch, c.n), T: c.steps, B: c.batch, Act: c.act}
	switch {
	case c.last:
		r.bwd.DH = f.random(c.batch, c.n)
	case c.inPlace:
		r.bwd.Delta = f.random(tb, c.n)
		r.bwd.DH = r.bwd.Delta
	default:
		r.bwd.DH = f.random(tb, c.n)
	}
	r.grad = gpu.RNNGradient{Delta: r.bwd.Delta, H: h, DW: f.out(c.n, c.n), DBias: f.out(1, c.n), T: c.steps, B: c.batch}
	if c.inputs > 0 {
		r.grad.X, r.grad.DWx = r.fwd.X, f.out(c.n, c.inputs)
	}
	return r
}

// check compares the outputs with plain loops over the operands as they were before the run.
func (r rnn) check(t *testing.T, f *fixture, c rnnCase) {
	var z dense
	w, h := get(t, r.fwd.W), get(t, r.fwd.H)
	if c.inputs < 0 {
		z = get(t, r.fwd.Z)
	} else {
		x, bias := get(t, r.fwd.X), get(t, r.fwd.Bias)
		z = multiply(x, get(t, r.fwd.Wx).transposed())
		for i := range z.v {
			z.v[i] += bias.v[i%c.n]
		}
	}
	dh := get(t, r.bwd.DH)
	f.run(r.fwd, r.bwd, r.grad)

	wt, b := w.transposed(), c.batch
	for step := range c.steps {
		prev := dense{b, c.n, h.v[step*b*c.n : (step+1)*b*c.n]}
		sum := multiply(prev, wt)
		for i, v := range sum.v {
			h.v[(step+1)*b*c.n+i] = activation(c.act, v+z.v[step*b*c.n+i])
		}
	}
	tolerance := float64(8 * (c.steps + 2))
	near(t, "H", r.fwd.H, h, tolerance*math.Sqrt(float64(c.n+1)), 4)

	h = get(t, r.fwd.H) // go on from what was computed: the gradient is discontinuous where h is
	delta, next := newDense(c.steps*b, c.n), newDense(b, c.n)
	for step := c.steps - 1; step >= 0; step-- {
		back := multiply(next, w)
		for i := range back.v {
			at := step*b*c.n + i
			if !c.last || c.steps == 1 {
				back.v[i] += dh.v[at]
			} else if step == c.steps-1 {
				back.v[i] += dh.v[i]
			}
			next.v[i] = back.v[i] * derivative(c.act, h.v[at+b*c.n])
			delta.v[at] = next.v[i]
		}
	}
	near(t, "Delta", r.bwd.Delta, delta, tolerance*math.Sqrt(float64(c.n+1)), 4)
	near(t, "DH0", r.bwd.DH0, multiply(next, w), tolerance*math.Sqrt(float64(c.n+1)), 4)

	dt := get(t, r.bwd.Delta).transposed()
	k := float64(c.steps*b + 1)
	prev := dense{c.steps * b, c.n, h.v[:c.steps*b*c.n]}
	near(t, "DW", r.grad.DW, multiply(dt, prev), 4+math.Sqrt(k), 20*math.Sqrt(k))
	ones := newDense(c.steps*b, 1)
	for i := range ones.v {
		ones.v[i] = 1
	}
	near(t, "DBias", r.grad.DBias, multiply(dt, ones).transposed(), 4+math.Sqrt(k), 20*math.Sqrt(k))
	if c.inputs > 0 {
		near(t, "DWx", r.grad.DWx, multiply(dt, get(t, r.fwd.X)), 4+math.Sqrt(k), 20*math.Sqrt(k))
	}
}

func TestRNN(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range rnnCases() {
			t.Run(c.String(), func(t *testing.T) {
				f := newFixture(t, k, 2, c.pad)
				newRNN(f, c).check(t, f, c)
			})
		}
	})
}

func TestRNNDoesNotDependOnThreads(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range rnnCases() {
			var first rnn
			for _, threads := range []int{1, 2, 3} {
				f := newFixture(t, k, threads, c.pad)
				r := newRNN(f, c)
				f.run(r.fwd, r.bwd, r.grad)
				if threads == 1 {
					first = r
					continue
				}
				same(t, "H", first.fwd.H, r.fwd.H)
				same(t, "Delta", first.bwd.Delta, r.bwd.Delta)
				same(t, "DH0", first.bwd.DH0, r.bwd.DH0)
				same(t, "DW", first.grad.DW, r.grad.DW)
				same(t, "DBias", first.grad.DBias, r.grad.DBias)
				if c.inputs > 0 {
					same(t, "DWx", first.grad.DWx, r.grad.DWx)
				}
			}
		}
	})
}

func TestRNNGradientAlone(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, tb := range []int{0, 1, 5000} {
			f := newFixture(t, k, 2, 3)
			op := gpu.RNNGradient{Delta: f.random(tb, 9), H: f.random(tb+1, 9), DW: f.out(9, 9), T: tb, B: 1}
			f.run(op)
			want := multiply(get(t, op.Delta).transposed(), get(t, op.Previous()))
			near(t, fmt.Sprintf("DW of %d", tb), op.DW, want, 80, 300)
		}
	})
}

func TestRNNPassesNaNOn(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, act := range activations {
			f := newFixture(t, k, 2, 0)
			c := rnnCase{steps: 3, batch: 4, n: 9, inputs: 2, act: act}
			r := newRNN(f, c)
			r.fwd.X.Buf.Host()[r.fwd.X.Off+2*2] = nan // sample 2 of step 0
			r.bwd.DH.Buf.Host()[r.bwd.DH.Off+(2*4+1)*9] = nan
			f.run(r.fwd, r.bwd)
			for i, v := range get(t, r.fwd.States()).v {
				if (v != v) != (i/9%4 == 2) {
					t.Fatalf("%s: state %d is %g", act, i, v)
				}
			}
			if v := get(t, r.bwd.Delta).at(2*4+1, 0); v == v {
				t.Fatalf("%s: delta is %g although its gradient is NaN", act, v)
			}
		}
	})
}
