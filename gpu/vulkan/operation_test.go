//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// The tests of operations run them on the Vulkan device and compare with loops in float64. Every operand lies in a buffer of
// its own that is filled with NaN of a marked payload first; what is outside of the operand has to keep it.

const (
	markBits   = 0x7fc0_dead // the NaN that buffers are filled with
	guardWords = 37          // around an operand; with an offset of 3 it starts at a multiple of four words
	unit       = 1.0 / (1 << 24)
)

var sizes = []int{1, 2, 3, 7, 31, 32, 33, 127, 128, 129}

// eachKind runs a test on the Vulkan device as it is, and, if that runs on the processor, with the kernels that a GPU gets.
func eachKind(t *testing.T, f func(t *testing.T, dev *gpu.Device)) {
	dev := deviceFor(t)
	t.Run(string(dev.Info().Kind), func(t *testing.T) { f(t, dev) })
	if dev.Info().Kind == gpu.SoftwareGPU {
		t.Run("as a GPU", func(t *testing.T) { f(t, limitedDevice(t, func(l *limits) { l.Software = false })) })
	}
}

// operand is a view in a buffer of marked words.
type operand struct {
	gpu.View
	t testing.TB
}

// layout is where an operand lies in its buffer: off words after the guard, rows gap words apart.
type layout struct{ off, gap int }

func (l layout) String() string { return fmt.Sprintf("off=%d,gap=%d", l.off, l.gap) }

var (
	tight   = layout{off: 3}
	layouts = []layout{tight, {off: 5, gap: 3}, {off: 3, gap: 4}}
)

// other returns a layout that starts elsewhere and is as good or bad for vec4 loads.
func (l layout) other() layout {
	if l.gap > 0 {
		l.gap += 4
	}
	l.off += 4
	return l
}

// newOperand returns a rows × cols operand that holds marks.
func newOperand(t testing.TB, dev *gpu.Device, name string, rows, cols int, l layout) operand {
	t.Helper()
	start := guardWords + l.off
	v := gpu.View{Off: start, Rows: rows, Cols: cols, Stride: cols + l.gap}
	b, err := dev.NewBuffer(name, start+v.Extent()+guardWords, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	v.Buf = b
	marks := make([]float32, b.Len())
	for i := range marks {
		marks[i] = math.Float32frombits(markBits)
	}
	if err := b.Write(0, marks); err != nil {
		t.Fatal(err)
	}
	return operand{v, t}
}

// newFilled is newOperand with values.
func newFilled(t testing.TB, dev *gpu.Device, name string, rows, cols int, l layout, values []float32) operand {
	t.Helper()
	o := newOperand(t, dev, name, rows, cols, l)
	o.set(values)
	return o
}

func (o operand) set(values []float32) {
	o.t.Helper()
	if err := gpu.WriteView(o.View, values); err != nil {
		o.t.Fatal(err)
	}
}

// get returns the values, having verified that every word outside of the operand still holds its mark.
func (o operand) get() []float32 {
	o.t.Helper()
	words := make([]float32, o.Buf.Len())
	if err := o.Buf.Read(0, words); err != nil {
		o.t.Fatal(err)
	}
	values := make([]float32, 0, o.Len())
	for i, w := range words {
		at := i - o.Off
		if at >= 0 && at < o.Extent() && at%o.Stride < o.Cols {
			values = append(values, w)
		} else if math.Float32bits(w) != markBits {
			o.t.Fatalf("%v: word %d outside of it was overwritten with %v", o.View, at, w)
		}
	}
	return values
}

// runOps compiles the operations and runs them once.
func runOps(t testing.TB, dev *gpu.Device, ops ...gpu.Op) {
	t.Helper()
	p, err := dev.Compile(t.Name(), ops...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
}

// near fails unless every got is within tolerance[i] of want; NaN and infinities have to be equal.
func near(t testing.TB, name string, got []float32, want, tolerance []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		g := float64(got[i])
		if math.IsNaN(w) && math.IsNaN(g) || g == w {
			continue
		}
		if d := math.Abs(g - w); !(d <= tolerance[i]) {
			t.Errorf("%s[%d] = %v, want %v: off by %g, tolerance %g", name, i, g, w, d, tolerance[i])
			return
		}
	}
}

// relative returns the tolerance c·2⁻²⁴·|want| for every value.
func relative(want []float64, c float64) []float64 {
	tol := make([]float64, len(want))
	for i, w := range want {
		tol[i] = c * unit * math.Abs(w)
	}
	return tol
}

// constant returns n times the same tolerance.
func constant(n int, v float64) []float64 {
	tol := make([]float64, n)
	for i := range tol {
		tol[i] = v
	}
	return tol
}

// randoms returns n numbers of a normal distribution.
func randoms(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// wide returns x in float64.
func wide(x []float32) []float64 {
	w := make([]float64, len(x))
	for i, v := range x {
		w[i] = float64(v)
	}
	return w
}

// mapped returns f of every element.
func mapped(x []float32, f func(float64) float64) []float64 {
	w := wide(x)
	for i := range w {
		w[i] = f(w[i])
	}
	return w
}
