package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

var nan = float32(math.NaN())

// sizes are the sizes that every operation is tried at.
var sizes = []int{1, 2, 3, 7, 31, 32, 33, 127, 128, 129}

// underRace says that the race detector runs, which makes times meaningless.
var underRace bool

// onEveryForm runs f for every form of the inner loops that this processor has.
func onEveryForm(t *testing.T, f func(t *testing.T, k *kernels)) {
	for _, k := range available() {
		t.Run(k.key, func(t *testing.T) { f(t, k) })
	}
}

// fixture holds a device and the buffers of one case. Every view lies between guard words and, with pad, in rows longer than it.
type fixture struct {
	t    testing.TB
	dev  *gpu.Device
	rng  *rand.Rand
	pad  int
	bufs []*gpu.Buffer
	held []gpu.View
}

const guard = 1.25e30

func newFixture(t testing.TB, k *kernels, threads, pad int) *fixture {
	f := &fixture{t: t, dev: gpu.NewDevice(newExecutor(k, threads)), rng: rand.New(rand.NewPCG(1, 2)), pad: pad}
	t.Cleanup(func() {
		for _, b := range f.bufs {
			b.Close()
		}
		if err := f.dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// view returns a rows × cols view whose elements are value(i).
func (f *fixture) view(rows, cols int, value func(i int) float32) gpu.View {
	f.t.Helper()
	v := gpu.View{Off: 3 * f.pad, Rows: rows, Cols: cols, Stride: cols + f.pad}
	words := v.Off + rows*v.Stride + 17
	b, err := f.dev.NewBuffer(fmt.Sprintf("view %d", len(f.bufs)), words, gpu.HostToDevice)
	if err != nil {
		f.t.Fatal(err)
	}
	f.bufs = append(f.bufs, b)
	v.Buf = b
	host := b.Host()
	for i := range host {
		host[i] = guard
	}
	for i := range rows {
		for j := range cols {
			host[v.Off+i*v.Stride+j] = value(i*cols + j)
		}
	}
	f.held = append(f.held, v)
	return v
}

func (f *fixture) random(rows, cols int) gpu.View {
	return f.view(rows, cols, func(int) float32 { return float32(f.rng.NormFloat64()) })
}

// out returns a view that is filled with NaN.
func (f *fixture) out(rows, cols int) gpu.View {
	return f.view(rows, cols, func(int) float32 { return nan })
}

// vec returns a contiguous vector, as operations on one row need no stride.
func (f *fixture) ints(values []int32) gpu.View {
	words := gpu.AsFloats(values)
	return f.view(1, len(values), func(i int) float32 { return words[i] })
}

// word returns a view of one number.
func (f *fixture) word(x float32) gpu.View { return f.view(1, 1, func(int) float32 { return x }) }

// reflectors returns m × n reflectors with garbage in the structural zeros if dirty.
func (f *fixture) reflectors(m, n int, dirty bool) gpu.View {
	return f.view(m, n, func(i int) float32 {
		if r, c := i/n, i%n; c < r && !dirty {
			return 0
		}
		return float32(f.rng.NormFloat64())
	})
}

// run compiles and runs the operations and verifies the guards.
func (f *fixture) run(ops ...gpu.Op) {
	f.t.Helper()
	p, err := f.dev.Compile("test", ops...)
	if err != nil {
		f.t.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(); err != nil {
		f.t.Fatal(err)
	}
	f.checkGuards()
}

func (f *fixture) checkGuards() {
	f.t.Helper()
	for n, v := range f.held {
		for i, x := range v.Buf.Host() {
			at := i - v.Off
			inside := at >= 0 && at < v.Extent() && at%v.Stride < v.Cols
			if !inside && x != guard {
				f.t.Fatalf("view %d, %v: guard word %d was overwritten with %g", n, v, i, x)
			}
		}
	}
}

// get returns the elements of v as a dense float64 matrix.
func get(t testing.TB, v gpu.View) dense {
	t.Helper()
	x, err := gpu.ReadView(v)
	if err != nil {
		t.Fatal(err)
	}
	d := newDense(v.Rows, v.Cols)
	for i, e := range x {
		d.v[i] = float64(e)
	}
	return d
}

// dense is a float64 matrix for expected values by plain loops.
type dense struct {
	rows, cols int
	v          []float64
}

func newDense(rows, cols int) dense { return dense{rows, cols, make([]float64, rows*cols)} }

func (d dense) at(i, j int) float64     { return d.v[i*d.cols+j] }
func (d dense) set(i, j int, x float64) { d.v[i*d.cols+j] = x }

func (d dense) clone() dense { return dense{d.rows, d.cols, append([]float64(nil), d.v...)} }

func (d dense) transposed() dense {
	out := newDense(d.cols, d.rows)
	for i := range d.rows {
		for j := range d.cols {
			out.set(j, i, d.at(i, j))
		}
	}
	return out
}

func multiply(a, b dense) dense {
	c := newDense(a.rows, b.cols)
	for i := range a.rows {
		out := c.v[i*c.cols : (i+1)*c.cols]
		for p := range a.cols {
			x := a.at(i, p)
			for j, y := range b.v[p*b.cols : (p+1)*b.cols] {
				out[j] += x * y
			}
		}
	}
	return c
}

// near compares v with want: |got − want| ≤ c·2⁻²⁴·(scale + |want|), where scale bounds the terms of the sum.
func near(t testing.TB, what string, v gpu.View, want dense, c, scale float64) {
	t.Helper()
	got := get(t, v)
	worst, at := 0.0, -1
	for i, w := range want.v {
		g := got.v[i]
		if math.IsNaN(w) != math.IsNaN(g) {
			t.Fatalf("%s: element (%d, %d) is %g, want %g", what, i/want.cols, i%want.cols, g, w)
		}
		if e := math.Abs(g-w) / (scale + math.Abs(w)); e > worst {
			worst, at = e, i
		}
	}
	if limit := c * 0x1p-24; worst > limit {
		t.Fatalf("%s: element (%d, %d) of %d×%d is %g, want %g: error %.3g × 2⁻²⁴, limit %.3g", what, at/want.cols, at%want.cols, want.rows, want.cols,
			got.v[at], want.v[at], worst*0x1p24, c)
	}
}

// same fails unless the two views hold the same bits.
func same(t testing.TB, what string, a, b gpu.View) {
	t.Helper()
	x, err := gpu.ReadView(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := gpu.ReadView(b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x {
		if math.Float32bits(x[i]) != math.Float32bits(y[i]) {
			t.Fatalf("%s: element %d is %g in one and %g in the other", what, i, x[i], y[i])
		}
	}
}

func activation(act gpu.Activation, z float64) float64 {
	switch {
	case act.Kind == gpu.ReLU && z < 0:
		return 0
	case act.Kind == gpu.LeakyReLU && z < 0:
		return float64(act.Slope) * z
	case act.Kind == gpu.Tanh:
		return math.Tanh(z)
	}
	return z
}

func derivative(act gpu.Activation, h float64) float64 {
	switch {
	case act.Kind == gpu.Tanh:
		return 1 - h*h
	case act.Kind == gpu.ReLU && !(h > 0):
		return 0
	case act.Kind == gpu.LeakyReLU && !(h > 0):
		return float64(act.Slope)
	}
	return 1
}

var activations = []gpu.Activation{{Kind: gpu.Identity}, {Kind: gpu.ReLU}, {Kind: gpu.LeakyReLU, Slope: 0.25}, {Kind: gpu.Tanh}}
