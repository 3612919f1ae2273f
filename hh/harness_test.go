package hh_test

import (
	"math"
	"os"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	_ "github.com/spectral-gpu/spectral-gpu/gpu/all"
	"github.com/spectral-gpu/spectral-gpu/gpu/exact"
	"github.com/spectral-gpu/spectral-gpu/gpu/oracle"
	"github.com/spectral-gpu/spectral-gpu/gpu/philox"
)

// executor is a device under test and how closely it has to follow the oracle.
type executor struct {
	name  string
	open  func() (*gpu.Device, error)
	tol   float64 // relative to the largest value, for sums of a few hundred terms
	exact bool
}

// executors lists the float64 executor and one device of every registered one. A Vulkan device that has to be there
// (SPECTRAL_REQUIRE_GPU=1) is listed even when it is not, and then fails to open.
func executors() []executor {
	list := []executor{{name: "exact", open: func() (*gpu.Device, error) { return exact.Open(), nil }, tol: 1e-10, exact: true}}
	have := map[string]bool{}
	for _, d := range gpu.List().Devices {
		have[d.Executor] = true
	}
	for _, name := range []string{"cpu", "vulkan"} {
		if have[name] || name == "cpu" || os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" {
			list = append(list, executor{name: name, tol: 3e-5, open: func() (*gpu.Device, error) { return gpu.Open(name, gpu.Options{}) }})
		}
	}
	return list
}

// onEvery runs the conformance suite f as a subtest on every executor, and requires that nothing is left open.
func onEvery(t *testing.T, f func(t *testing.T, e executor, dev *gpu.Device)) {
	t.Helper()
	for _, e := range executors() {
		t.Run(e.name, func(t *testing.T) {
			dev, err := e.open()
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := dev.Close(); err != nil {
					t.Error(err)
				}
			}()
			f(t, e, dev)
		})
	}
}

// values is a buffer of values, padded on both sides of every window cut from it.
type values struct {
	t    *testing.T
	exec executor
	dev  *gpu.Device
	bufs []*gpu.Buffer
}

func newValues(t *testing.T, e executor, dev *gpu.Device) *values {
	return &values{t: t, exec: e, dev: dev}
}

func (v *values) close() {
	for _, b := range v.bufs {
		b.Close()
	}
}

// in returns a window of a new buffer that holds a, with pad words between its rows; all other words are NaN.
func (v *values) in(a oracle.Matrix, pad int) gpu.View {
	w := v.out(a.Rows, a.Cols, pad)
	v.set(w, a)
	return w
}

// out returns a window of a new buffer that holds NaN.
func (v *values) out(rows, cols, pad int) gpu.View {
	v.t.Helper()
	stride := cols + pad
	b, err := v.dev.NewBuffer("test", rows*stride+2*pad+1, gpu.DeviceOnly)
	if err != nil {
		v.t.Fatal(err)
	}
	v.bufs = append(v.bufs, b)
	nan := make([]float32, b.Len())
	for i := range nan {
		nan[i] = float32(math.NaN())
	}
	if err := b.Write(0, nan); err != nil {
		v.t.Fatal(err)
	}
	return gpu.View{Buf: b, Off: pad, Rows: rows, Cols: cols, Stride: stride}
}

// set writes a into the window w.
func (v *values) set(w gpu.View, a oracle.Matrix) {
	v.t.Helper()
	if v.exec.exact {
		exact.Write(w, a.Data)
		return
	}
	f := make([]float32, len(a.Data))
	a.Float32(f, a.Cols)
	if err := gpu.WriteView(w, f); err != nil {
		v.t.Fatal(err)
	}
}

// get reads a window.
func (v *values) get(w gpu.View) oracle.Matrix {
	v.t.Helper()
	if w.Len() == 0 {
		return oracle.Zeros(w.Rows, w.Cols)
	}
	if v.exec.exact {
		return oracle.New(w.Rows, w.Cols, exact.Read(w))
	}
	f, err := gpu.ReadView(w)
	if err != nil {
		v.t.Fatal(err)
	}
	return oracle.FromFloat32(f, w.Rows, w.Cols, w.Cols)
}

// run compiles and runs operations once.
func (v *values) run(ops ...gpu.Op) {
	v.t.Helper()
	p, err := v.dev.Compile(v.t.Name(), ops...)
	if err != nil {
		v.t.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(); err != nil {
		v.t.Fatal(err)
	}
}

// random returns a rows × cols matrix of normal values, rounded to fp32 so that every executor starts from the same numbers.
func random(name string, rows, cols int) oracle.Matrix {
	src := philox.New(7, philox.Stream(name))
	a := oracle.Zeros(rows, cols)
	for i := range a.Data {
		a.Data[i] = float64(float32(src.Normal()))
	}
	return a
}

// randomReflectors returns m × n normal reflectors with their structural zeros and lengths from 0.5 to 2.
func randomReflectors(name string, m, n int) oracle.Matrix {
	u := oracle.Normalise(random(name, m, n))
	for j := range m {
		for i := range n {
			u.Set(j, i, float64(float32(u.At(j, i)*(0.5+1.5*float64(j%7)/6))))
		}
	}
	return u
}

// near fails unless every element of got is within tol of want, relative to the largest of want (at least 0.05, for values that cancel).
func near(t *testing.T, what string, got, want oracle.Matrix, tol float64) {
	t.Helper()
	if got.Rows != want.Rows || got.Cols != want.Cols {
		t.Fatalf("%s is %d×%d, want %d×%d", what, got.Rows, got.Cols, want.Rows, want.Cols)
	}
	scale := max(want.MaxAbs(), 0.05)
	worst, at := 0.0, 0
	for i := range got.Data {
		e := math.Abs(got.Data[i] - want.Data[i])
		if math.IsNaN(e) {
			e = math.Inf(1)
		}
		if e > worst {
			worst, at = e, i
		}
	}
	if worst > tol*scale {
		t.Errorf("%s[%d, %d] = %g, want %g: off by %.2g of the largest value %.3g; allowed %.2g", what, at/max(want.Cols, 1), at%max(want.Cols, 1),
			got.Data[at], want.Data[at], worst/scale, scale, tol)
	}
}

func rowVector(x []float64) oracle.Matrix { return oracle.New(1, len(x), x) }
