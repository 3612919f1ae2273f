//go:build cgo

package vulkan

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// testMode is a way to run the engine that a test goes through.
type testMode struct {
	name string
	env  map[string]string
}

// testModes are the ways memory is handled; the last two are what discrete and phone GPUs need, tried on any device.
var testModes = []testMode{
	{"unified", nil},
	{"staging", map[string]string{"SPECTRAL_FORCE_STAGING": "1"}},
	{"noncoherent", map[string]string{"SPECTRAL_FORCE_NONCOHERENT": "1"}},
	{"staging noncoherent", map[string]string{"SPECTRAL_FORCE_STAGING": "1", "SPECTRAL_FORCE_NONCOHERENT": "1"}},
	{"full barriers", map[string]string{"SPECTRAL_SYNC": "full"}},
}

// everyMode runs f once in each mode, on a device with the validation layer.
func everyMode(t *testing.T, f func(t *testing.T, d *gpu.Device)) {
	for _, m := range testModes {
		t.Run(m.name, func(t *testing.T) {
			for k, v := range m.env {
				t.Setenv(k, v)
			}
			f(t, testDevice(t, gpu.Options{Validate: true}))
		})
	}
}

// needDevice skips the test, or fails it where a device is required, if there is none.
func needDevice(t testing.TB) {
	t.Helper()
	devices, report, err := backend{}.Devices()
	if len(devices) > 0 {
		return
	}
	msg := fmt.Sprintf("no Vulkan device: %v; %q", err, report)
	if os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" {
		t.Fatal(msg)
	}
	t.Skip(msg)
}

// testExecutor opens the first device. When the test ends it must close without an error: no validation messages, no leaks.
func testExecutor(t testing.TB, opts gpu.Options) *device {
	t.Helper()
	needDevice(t)
	if opts.CacheDir == "" {
		opts.CacheDir = "off"
	}
	opts.Validate = opts.Validate || os.Getenv("SPECTRAL_VALIDATE") == "1"
	d, err := open(0, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

// testDevice is testExecutor as users see it; buffers and programs that the test leaves open are an error.
func testDevice(t testing.TB, opts gpu.Options) *gpu.Device {
	t.Helper()
	d := gpu.NewDevice(testExecutor(t, opts))
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}

func newBuffer(t testing.TB, d *gpu.Device, name string, words int, usage gpu.Usage) *gpu.Buffer {
	t.Helper()
	b, err := d.NewBuffer(name, words, usage)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func compile(t testing.TB, d *gpu.Device, opts gpu.CompileOptions, ops ...gpu.Op) *gpu.Program {
	t.Helper()
	p, err := d.CompileWith(opts, ops...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func run(t testing.TB, p *gpu.Program) {
	t.Helper()
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
}

// count returns lo, lo+1, …
func count(lo, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(lo + i)
	}
	return v
}

func read(t testing.TB, b *gpu.Buffer) []float32 {
	t.Helper()
	v := make([]float32, b.Len())
	if err := b.Read(0, v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBuffersAreZeroAtFirst(t *testing.T) {
	everyMode(t, func(t *testing.T, d *gpu.Device) {
		for _, usage := range []gpu.Usage{gpu.DeviceOnly, gpu.HostToDevice, gpu.DeviceToHost} {
			for range 2 { // the second takes the memory that the first has left
				b, err := d.NewBuffer("b", 1001, usage)
				if err != nil {
					t.Fatal(err)
				}
				if v := read(t, b); slices.Max(v) != 0 || slices.Min(v) != 0 {
					t.Errorf("usage %d: not zero", usage)
				}
				if err := b.Write(0, count(1, 1001)); err != nil {
					t.Fatal(err)
				}
				b.Close()
			}
		}
	})
}

// TestWriteRead moves more than the staging memory holds, from and to odd places.
func TestWriteRead(t *testing.T) {
	everyMode(t, func(t *testing.T, d *gpu.Device) {
		const n = stagingBytes/4*2 + 77
		for _, usage := range []gpu.Usage{gpu.DeviceOnly, gpu.HostToDevice, gpu.DeviceToHost} {
			b := newBuffer(t, d, "b", n+10, usage)
			want := append(append(make([]float32, 3), count(1, n)...), make([]float32, 7)...)
			if err := b.Write(3, want[3:3+n]); err != nil {
				t.Fatal(err)
			}
			if got := read(t, b); !slices.Equal(got, want) {
				t.Errorf("usage %d: read back something else", usage)
			}
			got := make([]float32, 5)
			if err := b.Read(100, got); err != nil || !slices.Equal(got, want[100:105]) {
				t.Errorf("usage %d: words 100 … 105 are %v, want %v (%v)", usage, got, want[100:105], err)
			}
		}
	})
}

// TestFillCopy goes from a host slice through device memory to a host slice and checks what lies around the windows.
func TestFillCopy(t *testing.T) {
	everyMode(t, func(t *testing.T, d *gpu.Device) {
		const rows, cols, stride, off = 7, 13, 17, 5
		in := newBuffer(t, d, "in", rows*cols, gpu.HostToDevice)
		mid := newBuffer(t, d, "mid", 400, gpu.DeviceOnly)
		out := newBuffer(t, d, "out", 400, gpu.DeviceToHost)
		window := gpu.View{Buf: mid, Off: off, Rows: rows, Cols: cols, Stride: stride}
		p := compile(t, d, gpu.CompileOptions{Name: "fill and copy"},
			gpu.Fill{Y: mid.All(), Value: -1},
			gpu.Copy{Y: window, X: in.View(0, rows, cols)},
			gpu.Fill{Y: window.RowRange(2, 3), Value: 9},
			gpu.Copy{Y: out.All(), X: mid.All()})
		for round := range 3 {
			copy(in.Host(), count(100*round, rows*cols))
			run(t, p)
			want := make([]float32, 400)
			for i := range want {
				want[i] = -1
			}
			for i := range rows {
				for j := range cols {
					v := float32(100*round + i*cols + j)
					if i == 2 {
						v = 9
					}
					want[off+i*stride+j] = v
				}
			}
			if !slices.Equal(out.Host(), want) {
				t.Fatalf("round %d: host slice is %v, want %v", round, out.Host(), want)
			}
			if got := read(t, mid); !slices.Equal(got, want) {
				t.Fatalf("round %d: device memory is %v, want %v", round, got, want)
			}
		}
		if s := p.Stats(); s.Submits != 1 || s.Dispatches != 4 {
			t.Errorf("stats %+v, want 1 submission and 4 dispatches", s)
		}
	})
}

// TestProgramWritesHostToDevice: the host's slice holds what a program wrote, on every kind of device.
func TestProgramWritesHostToDevice(t *testing.T) {
	everyMode(t, func(t *testing.T, d *gpu.Device) {
		b := newBuffer(t, d, "b", 8, gpu.HostToDevice)
		p := compile(t, d, gpu.CompileOptions{}, gpu.Fill{Y: b.View(2, 2, 2), Value: 5})
		copy(b.Host(), count(0, 8))
		run(t, p)
		if want := []float32{0, 1, 5, 5, 5, 5, 6, 7}; !slices.Equal(b.Host(), want) {
			t.Errorf("host slice is %v, want %v", b.Host(), want)
		}
	})
}

// TestWriteOutputBuffer: what Write puts into a DeviceToHost buffer is what the next program reads.
func TestWriteOutputBuffer(t *testing.T) {
	everyMode(t, func(t *testing.T, d *gpu.Device) {
		acc, out := newBuffer(t, d, "acc", 8, gpu.DeviceToHost), newBuffer(t, d, "out", 8, gpu.DeviceToHost)
		if err := acc.Write(0, count(3, 8)); err != nil {
			t.Fatal(err)
		}
		p := compile(t, d, gpu.CompileOptions{}, gpu.Copy{Y: out.All(), X: acc.All()})
		run(t, p)
		if !slices.Equal(out.Host(), count(3, 8)) {
			t.Errorf("got %v", out.Host())
		}
	})
}

func TestEmptyWork(t *testing.T) {
	d := testDevice(t, gpu.Options{Validate: true})
	b := newBuffer(t, d, "b", 8, gpu.DeviceOnly)
	p := compile(t, d, gpu.CompileOptions{}, gpu.Fill{Y: b.View(0, 0, 5), Value: 1}, gpu.Copy{Y: b.View(0, 4, 0), X: b.View(4, 4, 0)})
	run(t, p)
	if s := p.Stats(); s.Dispatches != 0 {
		t.Errorf("%d dispatches for nothing to do", s.Dispatches)
	}
	empty := compile(t, d, gpu.CompileOptions{})
	run(t, empty)
	if v := read(t, b); !slices.Equal(v, make([]float32, 8)) {
		t.Errorf("memory changed: %v", v)
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	for _, m := range testModes {
		for _, validate := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/validate=%v", m.name, validate), func(t *testing.T) {
				for k, v := range m.env {
					t.Setenv(k, v)
				}
				d := testDevice(t, gpu.Options{Validate: validate})
				in, out := newBuffer(t, d, "in", 64, gpu.HostToDevice), newBuffer(t, d, "out", 64, gpu.DeviceToHost)
				p := compile(t, d, gpu.CompileOptions{Timestamps: true}, gpu.Copy{Y: out.All(), X: in.All()}, gpu.Fill{Y: out.View(0, 1, 3), Value: 2})
				if n := testing.AllocsPerRun(100, func() { run(t, p) }); n != 0 {
					t.Errorf("%v allocations a run", n)
				}
			})
		}
	}
}

func TestTimestamps(t *testing.T) {
	d := testDevice(t, gpu.Options{Validate: true})
	b, c := newBuffer(t, d, "b", 1<<20, gpu.DeviceOnly), newBuffer(t, d, "c", 1<<20, gpu.DeviceOnly)
	ops := []gpu.Op{gpu.Fill{Y: b.All(), Value: 1}, gpu.Copy{Y: c.All(), X: b.All()}, gpu.Fill{Y: b.View(0, 0, 0)}}
	if times := compile(t, d, gpu.CompileOptions{}, ops...).Times(); times != nil {
		t.Errorf("times without timestamps: %v", times)
	}
	p := compile(t, d, gpu.CompileOptions{Timestamps: true}, ops...)
	run(t, p)
	times := p.Times()
	if testing.Verbose() {
		t.Log(times, p.Plan(), p.Stats())
	}
	if len(times) != 3 {
		t.Fatalf("%d times, want 3", len(times))
	}
	for i, s := range times[:2] {
		if s <= 0 || s.Seconds() > 5 {
			t.Errorf("operation %d took %v", i, s)
		}
	}
	if times[2] > times[0] {
		t.Errorf("nothing took %v, filling 4 MiB %v", times[2], times[0])
	}
}

func TestNaNPayloadSurvives(t *testing.T) {
	d := testDevice(t, gpu.Options{})
	a, b := newBuffer(t, d, "a", 4, gpu.DeviceOnly), newBuffer(t, d, "b", 4, gpu.DeviceOnly)
	if err := a.Write(1, []float32{math.Float32frombits(0x7fc12345)}); err != nil {
		t.Fatal(err)
	}
	run(t, compile(t, d, gpu.CompileOptions{}, gpu.Copy{Y: b.All(), X: a.All()}))
	if got := math.Float32bits(read(t, b)[1]); got != 0x7fc12345 {
		t.Errorf("bits %#x", got)
	}
}
