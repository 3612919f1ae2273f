package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

type lstmCase struct {
	steps, batch, n, inputs int // inputs −1: pre-activations Z
	pad                     int
	inPlace, last, bare     bool // Z is G and DZ is G; DH of the last step alone; no bias, no G in a second run, no DH0
	masked                  bool // with a mask of the states
}

func (c lstmCase) String() string {
	return fmt.Sprintf("T=%d/B=%d/n=%d/k=%d/pad=%d/inplace=%t/last=%t/bare=%t/masked=%t", c.steps, c.batch, c.n, c.inputs, c.pad, c.inPlace, c.last, c.bare, c.masked)
}

// mask places the mask of the states, and in as many rows as the states h have, what W is given of them: h itself without a mask.
func (c lstmCase) mask(f *fixture, h gpu.View) (mask, masked, given gpu.View) {
	if !c.masked {
		return mask, masked, h
	}
	mask, given = f.view(c.batch, c.n, func(i int) float32 { return []float32{1.25, 0, 0.5, 1, 0, 0.75, 1}[i%7] }), f.out(h.Rows, c.n)
	return mask, given.RowRange(0, c.steps*c.batch), given
}

// underMask multiplies rows of samples, as of a step, by the mask where there is one.
func underMask(t *testing.T, x dense, mask gpu.View) dense {
	y := newDense(x.rows, x.cols)
	copy(y.v, x.v)
	if !mask.IsZero() {
		m := get(t, mask)
		for i := range y.v {
			y.v[i] *= m.v[i%len(m.v)]
		}
	}
	return y
}

// checkMasked compares what W was given with the states h, as they were computed.
func checkMasked(t *testing.T, masked, h, mask gpu.View) {
	if !masked.IsZero() && masked.Rows > 0 {
		near(t, "Masked", masked, underMask(t, get(t, h.RowRange(0, masked.Rows)), mask), 1, 0)
	}
}

func lstmCases() []lstmCase {
	var cases []lstmCase
	for i, n := range sizes {
		for j, b := range []int{1, 2, 7, 33, 129} {
			x := i*5 + j
			cases = append(cases, lstmCase{steps: 1 + x%4, batch: b, n: n, inputs: []int{-1, 1, 3, 20, 0, -1, 2}[x%7], pad: []int{0, 5}[x/3%2],
				inPlace: x%3 == 0, last: x%2 == 0, bare: x%4 == 1, masked: (i+j)%4 == 2})
		}
	}
	return append(cases, lstmCase{steps: 70, batch: 32, n: 64, inputs: 1, last: true}, lstmCase{steps: 3, batch: 3, n: 300, inputs: 2},
		lstmCase{steps: 3, batch: 1, n: 300, inputs: -1, inPlace: true}, lstmCase{steps: 5, batch: 2, n: 150, inputs: 3, pad: 5},
		lstmCase{steps: 2, batch: 33, n: 260, inputs: 1, last: true},
		lstmCase{steps: 3, batch: 2, n: 300, inputs: 2, masked: true}, lstmCase{steps: 1, batch: 1, n: 1, inputs: -1, masked: true}, lstmCase{steps: 0, batch: 3, n: 5, inputs: -1}, lstmCase{steps: 3, batch: 0, n: 5, inputs: -1},
		lstmCase{steps: 3, batch: 4, n: 0, inputs: -1})
}

// lstm holds the operands of the three operations of an LSTM.
type lstm struct {
	fwd  gpu.LSTMForward
	bwd  gpu.LSTMBackward
	grad gpu.RNNGradient
}

// stateful returns states of which the first batch rows are given.
func (f *fixture) stateful(rows, batch, n int) gpu.View {
	v := f.out(rows+batch, n)
	for i := range batch {
		for j := range n {
			v.Buf.Host()[v.Off+i*v.Stride+j] = float32(f.rng.NormFloat64())
		}
	}
	return v
}

func newLSTM(f *fixture, c lstmCase) lstm {
	var r lstm
	tb := c.steps * c.batch
	r.fwd = gpu.LSTMForward{H: f.stateful(tb, c.batch, c.n), C: f.stateful(tb, c.batch, c.n), W: f.weight(4*c.n, c.n), T: c.steps, B: c.batch}
	var given gpu.View
	r.fwd.Mask, r.fwd.Masked, given = c.mask(f, r.fwd.H)
	switch {
	case c.inputs < 0 && c.inPlace:
		r.fwd.G = f.random(tb, 4*c.n)
		r.fwd.Z = r.fwd.G
	case c.inputs < 0:
		r.fwd.G, r.fwd.Z = f.out(tb, 4*c.n), f.random(tb, 4*c.n)
	default:
		r.fwd.G, r.fwd.X, r.fwd.Wx = f.out(tb, 4*c.n), f.random(tb, c.inputs), f.weight(4*c.n, c.inputs)
		if !c.bare {
			r.fwd.Bias = f.random(1, 4*c.n)
		}
	}
	r.bwd = gpu.LSTMBackward{DZ: f.out(tb, 4*c.n), W: r.fwd.W, G: r.fwd.G, C: r.fwd.C, Mask: r.fwd.Mask, T: c.steps, B: c.batch}
	if c.inPlace {
		r.bwd.DZ = r.bwd.G
	}
	if !c.bare {
		r.bwd.DH0, r.bwd.DC0 = f.out(c.batch, c.n), f.out(c.batch, c.n)
	}
	if c.last {
		r.bwd.DH = f.random(c.batch, c.n)
	} else {
		r.bwd.DH = f.random(tb, c.n)
	}
	r.grad = gpu.RNNGradient{Delta: r.bwd.DZ, H: given, DW: f.out(4*c.n, c.n), DBias: f.out(1, 4*c.n), T: c.steps, B: c.batch}
	if c.inputs > 0 {
		r.grad.X, r.grad.DWx = r.fwd.X, f.out(4*c.n, c.inputs)
	}
	return r
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// check compares the outputs with plain loops over the operands as they were before the run.
func (r lstm) check(t *testing.T, f *fixture, c lstmCase) {
	n, b := c.n, c.batch
	w, h, cells := get(t, r.fwd.W), get(t, r.fwd.H), get(t, r.fwd.C)
	var z dense
	if c.inputs < 0 {
		z = get(t, r.fwd.Z)
	} else {
		var bias dense
		if !c.bare {
			bias = get(t, r.fwd.Bias)
		}
		z = multiply(get(t, r.fwd.X), get(t, r.fwd.Wx).transposed())
		for i := range z.v {
			if !c.bare {
				z.v[i] += bias.v[i%(4*n)]
			}
		}
	}
	f.run(r.fwd)
	gates, wt := newDense(c.steps*b, 4*n), w.transposed()
	for row := range c.steps * b {
		a := multiply(dense{1, n, underMask(t, h, r.fwd.Mask).v[row*n : (row+1)*n]}, wt)
		for j := range n {
			pre := func(g int) float64 { return a.v[g*n+j] + z.at(row, g*n+j) }
			in, forget, candidate, out := logistic(pre(0)), logistic(pre(1)), math.Tanh(pre(2)), logistic(pre(3))
			for g, v := range []float64{in, forget, candidate, out} {
				gates.set(row, g*n+j, v)
			}
			cell := forget*cells.at(row, j) + in*candidate
			cells.set(row+b, j, cell)
			h.set(row+b, j, out*math.Tanh(cell))
		}
	}
	tolerance := float64(8*(c.steps+2)) * math.Sqrt(float64(n+1))
	near(t, "H", r.fwd.H, h, tolerance, 4)
	near(t, "C", r.fwd.C, cells, tolerance, 4)
	near(t, "G", r.fwd.G, gates, tolerance, 4)

	checkMasked(t, r.fwd.Masked, r.fwd.H, r.fwd.Mask)

	cells, gates = get(t, r.fwd.C), get(t, r.fwd.G) // go on from what was computed
	f.run(r.bwd, r.grad)
	dh, delta, next, carried := get(t, r.bwd.DH), newDense(c.steps*b, 4*n), newDense(b, n), newDense(b, n)
	for step := c.steps - 1; step >= 0; step-- {
		for i := range b {
			for j := range n {
				row := step*b + i
				g := func(gate int) float64 { return gates.at(row, gate*n+j) }
				d := next.at(i, j)
				if !c.last || c.steps == 1 {
					d += dh.at(row, j)
				} else if step == c.steps-1 {
					d += dh.at(i, j)
				}
				cell := math.Tanh(cells.at(row+b, j))
				dc := carried.at(i, j) + d*g(3)*(1-cell*cell)
				delta.set(row, j, dc*g(2)*g(0)*(1-g(0)))
				delta.set(row, n+j, dc*cells.at(row, j)*g(1)*(1-g(1)))
				delta.set(row, 2*n+j, dc*g(0)*(1-g(2)*g(2)))
				delta.set(row, 3*n+j, d*cell*g(3)*(1-g(3)))
				carried.set(i, j, dc*g(1))
			}
		}
		next = underMask(t, multiply(dense{b, 4 * n, delta.v[step*b*4*n : (step+1)*b*4*n]}, w), r.bwd.Mask)
	}
	near(t, "DZ", r.bwd.DZ, delta, tolerance, 8)
	if !c.bare {
		near(t, "DH0", r.bwd.DH0, next, tolerance, 8)
		near(t, "DC0", r.bwd.DC0, carried, tolerance, 8)
	}
	r.checkGradient(t, c)
}

// checkGradient compares the weights' gradients with sums over δ as it was computed.
func (r lstm) checkGradient(t *testing.T, c lstmCase) {
	dt, rows := get(t, r.bwd.DZ).transposed(), c.steps*c.batch
	k := math.Sqrt(float64(rows + 1))
	near(t, "DW", r.grad.DW, multiply(dt, get(t, r.grad.Previous())), 4+k, 20*k)
	ones := newDense(rows, 1)
	for i := range ones.v {
		ones.v[i] = 1
	}
	near(t, "DBias", r.grad.DBias, multiply(dt, ones).transposed(), 4+k, 20*k)
	if c.inputs > 0 {
		near(t, "DWx", r.grad.DWx, multiply(dt, get(t, r.fwd.X)), 4+k, 20*k)
	}
}

func TestLSTM(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range lstmCases() {
			t.Run(c.String(), func(t *testing.T) {
				f := newFixture(t, k, 2, c.pad)
				newLSTM(f, c).check(t, f, c)
			})
		}
	})
}

// TestLSTMWithoutGates proves that evaluation, which keeps no gates, has the bits of training, whatever the number of threads.
func TestLSTMWithoutGates(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range lstmCases() {
			if c.inPlace {
				continue
			}
			var kept lstm
			for _, threads := range []int{1, 2, 3} {
				f := newFixture(t, k, threads, c.pad)
				r := newLSTM(f, c)
				if threads == 1 {
					f.run(r.fwd)
					kept = r
					continue
				}
				r.fwd.G = gpu.View{}
				f.run(r.fwd)
				same(t, "H", kept.fwd.H, r.fwd.H)
				same(t, "C", kept.fwd.C, r.fwd.C)
			}
		}
	})
}

func TestLSTMDoesNotDependOnThreads(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		for _, c := range lstmCases() {
			var first lstm
			for _, threads := range []int{1, 2, 3} {
				f := newFixture(t, k, threads, c.pad)
				r := newLSTM(f, c)
				f.run(r.fwd, r.bwd, r.grad)
				if threads == 1 {
					first = r
					continue
				}
				same(t, "G", first.fwd.G, r.fwd.G)
				same(t, "DZ", first.bwd.DZ, r.bwd.DZ)
				same(t, "DW", first.grad.DW, r.grad.DW)
				same(t, "DBias", first.grad.DBias, r.grad.DBias)
				if !c.bare {
					same(t, "DH0", first.bwd.DH0, r.bwd.DH0)
					same(t, "DC0", first.bwd.DC0, r.bwd.DC0)
				}
			}
		}
	})
}

func TestLSTMPassesNaNOn(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		f := newFixture(t, k, 2, 0)
		c := lstmCase{steps: 3, batch: 4, n: 9, inputs: 2}
		r := newLSTM(f, c)
		r.fwd.X.Buf.Host()[r.fwd.X.Off+2*2] = nan // sample 2 of step 0
		r.bwd.DH.Buf.Host()[r.bwd.DH.Off+(2*4+1)*9] = nan
		f.run(r.fwd, r.bwd)
		for i, v := range get(t, r.fwd.States()).v {
			if (v != v) != (i/9%4 == 2) {
				t.Fatalf("state %d is %g", i, v)
			}
		}
		if v := get(t, r.bwd.DZ).at(2*4+1, 0); v == v {
			t.Fatalf("DZ is %g although its gradient is NaN", v)
		}
	})
}

// TestGateFunctions holds σ and tanh, as the gates of an LSTM are made by them, to a few units in the last place, over all magnitudes and
// where they saturate.
func TestGateFunctions(t *testing.T) {
	onEveryForm(t, func(t *testing.T, k *kernels) {
		inputs := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-30, -1e-30, 86.9, -86.9, 1e30, -1e30}
		for x := float32(1e-6); x < 100; x *= 1.0007 {
			inputs = append(inputs, x, -x)
		}
		for len(inputs)%8 != 0 {
			inputs = append(inputs, 0)
		}
		n := len(inputs)
		sum, zeros, g := make([]float32, 4*n), make([]float32, 4*n), make([]float32, 4*n)
		for i := range 4 {
			copy(sum[i*n:], inputs)
		}
		lstmForwardUnits(k, &lstmForwardRow{sum: sum, add: zeros, g: g, before: zeros, c: make([]float32, n), h: make([]float32, n), state: make([]float32, n), pitch: n, apart: n}, n)
		for i, x := range inputs {
			for gate, want := range []float64{logistic(float64(x)), math.Tanh(float64(x))} {
				got := float64(g[2*gate*n+i])
				if e := math.Abs(got - want); e > 4*0x1p-24*math.Abs(want)+1e-37 {
					t.Fatalf("gate %d of %g is %g, want %g (%.2g × 2⁻²⁴)", 2*gate, x, got, want, e/math.Abs(want)*0x1p24)
				}
			}
		}
	})
}

// BenchmarkLSTM times the operations of an LSTM beside those of a plain recurrence of the same size.
func BenchmarkLSTM(b *testing.B) {
	for _, n := range []int{128, 256} {
		for _, k := range available() {
			f := newFixture(b, k, 2, 0)
			r := newRNN(f, rnnCase{steps: 784, batch: 128, n: n, inputs: 1, act: activations[3], last: true})
			l := newLSTM(f, lstmCase{steps: 784, batch: 128, n: n, inputs: 1, last: true, inPlace: true})
			apart := l.bwd // in place its gates would be replaced in the first run
			apart.DZ = f.out(784*128, 4*n)
			for _, part := range []struct {
				name string
				ops  []gpu.Op
			}{{"plain", []gpu.Op{r.fwd, r.bwd, r.grad}}, {"step", []gpu.Op{l.fwd, l.bwd, l.grad}}, {"forward", []gpu.Op{l.fwd}}, {"backward", []gpu.Op{apart}}, {"gradient", []gpu.Op{l.grad}}} {
				b.Run(fmt.Sprintf("n=%d/%s/%s", n, part.name, k.key), func(b *testing.B) { benchmark(b, f, part.ops...) })
			}
		}
	}
}
