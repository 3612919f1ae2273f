//go:build cgo

package vulkan

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/parity"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// refusalOps are operations with tiles and without: a recurrence with its gradient, products, blocks of reflectors, a triangle.
func refusalOps(b *gpu.Buffer) []gpu.Op {
	const n, batch, steps, m, block = 32, 8, 6, 16, 8
	at := 0
	view := func(rows, cols int) gpu.View {
		v := b.View(at, rows, cols)
		at += (rows*cols + 3) / 4 * 4
		return v
	}
	w, h, dh, delta := view(n, n), view((steps+1)*batch, n), view(steps*batch, n), view(steps*batch, n)
	x, y, u, a := view(batch, n), view(batch, n), view(m, n), view(m, block)
	s, inverse, solved, right := view(m, m), view(m, m), view(m, n), view(m, n)
	tanh := gpu.Activation{Kind: gpu.Tanh}
	return []gpu.Op{
		gpu.Fill{Y: h, Value: 0.1}, gpu.Fill{Y: dh, Value: 0.2}, gpu.Fill{Y: x, Value: 0.3}, gpu.Fill{Y: w, Value: 0.01}, gpu.Fill{Y: u, Value: 0.5}, gpu.Fill{Y: right, Value: 1},
		gpu.MaskReflectors{U: u}, gpu.NormalizeReflectors{U: u},
		gpu.RNNForward{H: h, Z: h.RowRange(batch, (steps+1)*batch), W: w, T: steps, B: batch, Act: tanh},
		gpu.RNNBackward{Delta: delta, DH: dh, H: h, W: w, T: steps, B: batch, Act: tanh},
		gpu.Gemm{C: w, A: delta, TransA: true, B: h.RowRange(0, steps*batch), Alpha: 1},
		gpu.BlockFactors{A: a, U: u}, gpu.ReflectBlocks{Y: y, X: x, U: u, A: a},
		gpu.Gram{S: s, U: u}, gpu.TriInverse{A: inverse, S: s}, gpu.TriSolve{X: solved, S: s, B: right},
	}
}

// refusalRun compiles and runs them on a device whose driver refuses pipelines or is slow.
type refusalRun struct {
	hooks    hooks
	dir      string        // the cache folder, "" for none
	made     []specialised // what was compiled, afterwards
	messages []string
}

// run returns the memory afterwards.
func (r *refusalRun) run(t *testing.T) ([]float32, error) {
	t.Helper()
	opts := gpu.Options{CacheDir: r.dir, OnMessage: func(m gpu.Message) { r.messages = append(r.messages, m.Text) }}
	if r.dir == "" {
		opts.CacheDir = "off"
	}
	d, err := openDevice(firstDevice(t, os.Getenv("SPECTRAL_VALIDATE") == "1"), opts, r.hooks)
	if err != nil {
		t.Fatal(err)
	}
	dev := gpu.NewDevice(d)
	defer func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}()
	b, err := dev.NewBuffer("refusals", 1<<16, gpu.DeviceToHost)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	prog, err := dev.Compile("refusals", refusalOps(b)...)
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	for key := range d.pipelines.made {
		spec := make([]uint32, len(key.kernel.Spec))
		for i := range spec {
			spec[i] = binary.NativeEndian.Uint32([]byte(key.spec[4*i:]))
		}
		r.made = append(r.made, specialised{key.kernel, spec})
	}
	if err := prog.Run(); err != nil {
		return nil, err
	}
	got := make([]float32, b.Len())
	return got, b.Read(0, got)
}

// closeTo compares memory with that of a run with other tiles, which round otherwise.
func closeTo(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range got {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-4*math.Max(1, math.Abs(float64(want[i])))) {
			t.Fatalf("%s: word %d is %g, want %g", name, i, got[i], want[i])
		}
	}
}

// TestEveryRefusal lets the driver refuse each pipeline of a program in turn: another tile serves, with the same results but for rounding, or
// the error says which kernel was refused. And it refuses every pipeline of a kernel.
func TestEveryRefusal(t *testing.T) {
	needDevice(t)
	var calm refusalRun
	want, err := calm.run(t)
	if err != nil {
		t.Fatal(err)
	}
	served, failed := 0, 0
	try := func(name string, refuses func(k *shaders.Kernel, spec []uint32) bool) {
		got, err := (&refusalRun{hooks: hooks{refuses: refuses}}).run(t)
		if err != nil {
			if !errors.Is(err, gpu.ErrUnsupported) {
				t.Errorf("%s refused: %v, want ErrUnsupported", name, err)
			}
			failed++
			return
		}
		served++
		closeTo(t, name+" refused", got, want)
	}
	kernels := map[*shaders.Kernel]bool{}
	for _, m := range calm.made {
		kernels[m.kernel] = true
		try(m.kernel.Name, func(k *shaders.Kernel, spec []uint32) bool { return k == m.kernel && slices.Equal(spec, m.spec) })
	}
	for _, name := range []string{"rnn_forward", "rnn_backward", "gemm"} {
		if !kernels[shaders.Lookup(name)] {
			t.Errorf("the program has no %s", name)
		}
		try("every "+name, func(k *shaders.Kernel, _ []uint32) bool { return k.Name == name })
	}
	if served < 6 || failed < 6 {
		t.Errorf("of %d refusals %d were served by another plan and %d were errors", len(calm.made), served, failed)
	}
}

// TestEveryOperationRefused lets the driver refuse every pipeline there is: each operation ends in an error that says so.
func TestEveryOperationRefused(t *testing.T) {
	needDevice(t)
	d, err := openDevice(firstDevice(t, false), gpu.Options{CacheDir: "off"}, hooks{refuses: func(*shaders.Kernel, []uint32) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	dev := gpu.NewDevice(d)
	defer dev.Close()
	refused := map[string]bool{}
	ops := map[string]bool{}
	_, err = parity.Run(t.Context(), dev, parity.Options{Short: true}, func(r parity.Result) {
		ops[r.Op] = true
		switch {
		case r.Unsupported && errors.Is(r.Err, gpu.ErrUnsupported):
			refused[r.Op] = true
		case !r.Pass: // cases without elements launch nothing, and pass
			t.Errorf("%s %s: %v, want ErrUnsupported", r.Op, r.Case, r.Err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for op := range ops {
		if !refused[op] {
			t.Errorf("no case of %s was refused", op)
		}
	}
	if len(ops) < 30 {
		t.Errorf("%d operations", len(ops))
	}
}
