//go:build cgo

package vulkan

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// slowDevice are the limits of a device with a watchdog, that does so many flop/s.
func slowDevice(rate float64) func(*limits) {
	return func(l *limits) {
		l.Software, l.SlowLoads, l.GemmTiles, l.RNNTiles = false, false, nil, nil
		l.Rate = rate
	}
}

// pixelOps are what takes longest in a step on pictures of 784 pixels.
func pixelOps(n, batch, steps int, memory func(words int) *gpu.Buffer) []gpu.Op {
	view := func(rows, cols int) gpu.View { return memory(rows*cols).View(0, rows, cols) }
	w, dw, h := view(n, n), view(n, n), view((steps+1)*batch, n)
	dh, delta := view(steps*batch, n), view(steps*batch, n)
	tanh := gpu.Activation{Kind: gpu.Tanh}
	return []gpu.Op{
		gpu.RNNForward{H: h, Z: h.RowRange(batch, (steps+1)*batch), W: w, T: steps, B: batch, Act: tanh},
		gpu.RNNBackward{Delta: delta, DH: dh, H: h, W: w, T: steps, B: batch, Act: tanh},
		gpu.Gemm{C: dw, A: delta, TransA: true, B: h.RowRange(0, steps*batch), Alpha: 1},
		gpu.Gemm{C: dh, A: delta, B: w, Alpha: 1, Beta: 1},
	}
}

// TestSubmissionsOnASlowDevice: on a device of 80 GFLOP/s no submission is estimated at more than 200 ms.
func TestSubmissionsOnASlowDevice(t *testing.T) {
	needDevice(t)
	d := sharedDevice(t, slowDevice(80e9))
	planned := func(words int) *gpu.Buffer { return gpu.WrapMemory("planned", words, &plannedMemory{words}) }
	square := func(n int) gpu.View { return planned(n*n).View(0, n, n) }
	for _, c := range []struct {
		name string
		ops  []gpu.Op
	}{
		{"pixels n=128", pixelOps(128, 128, 784, planned)},
		{"pixels n=512", pixelOps(512, 128, 784, planned)},
		{"pixels n=1024", pixelOps(1024, 128, 784, planned)},
		{"product n=2048", []gpu.Op{gpu.Gemm{C: square(2048), A: square(2048), B: square(2048), Alpha: 1}}},
		{"product n=4096", []gpu.Op{gpu.Gemm{C: square(4096), A: square(4096), TransA: true, B: square(4096), Alpha: 1}}},
		{"batch of products", []gpu.Op{gpu.Gemm{C: planned(16<<20).View(0, 1024, 1024), A: planned(16<<20).View(0, 1024, 1024), B: planned(16<<20).View(0, 1024, 1024),
			Alpha: 1, Batch: 16, StrideA: 1 << 20, StrideB: 1 << 20, StrideC: 1 << 20}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{dev: d, limits: d.limits, arena: &scratchArena{}}
			ops := c.ops
			var flops int64
			for _, op := range ops {
				if err := r.record(op); err != nil {
					t.Fatal(err)
				}
				flops += op.Cost().Flops
			}
			total, most := 0.0, 0.0
			next, current := packing{}, 0.0
			for _, one := range r.dispatches {
				if next.begins(one.seconds) {
					current = 0
				}
				current += one.seconds
				total, most = total+one.seconds, max(most, current)
			}
			if most > 0.2 {
				t.Errorf("a submission of %.0f ms", 1e3*most)
			}
			if least := float64(flops) / 80e9; total < least {
				t.Errorf("all submissions take %.2f s for %.0f GFLOP, which are %.2f s", total, float64(flops)/1e9, least)
			}
		})
	}
}

// TestSeveralSubmissions: a step that is cut into several submissions, with products and recurrences cut in them, has the bits of one.
func TestSeveralSubmissions(t *testing.T) {
	needDevice(t)
	run := func(rate float64) ([]float32, gpu.Stats) {
		dev := limitedDevice(t, slowDevice(rate))
		var buffers []*gpu.Buffer
		ops := pixelOps(96, 33, 40, func(words int) *gpu.Buffer {
			b, err := dev.NewBuffer("pixels", words, gpu.DeviceToHost)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Close)
			values := make([]float32, words)
			for i := range values {
				values[i] = float32(math.Sin(float64(i))) / 16
			}
			if err := b.Write(0, values); err != nil {
				t.Fatal(err)
			}
			buffers = append(buffers, b)
			return b
		})
		p, err := dev.CompileWith(gpu.CompileOptions{Name: "pixels", Timestamps: true}, ops...)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		var all []float32
		for _, b := range buffers {
			got := make([]float32, b.Len())
			if err := b.Read(0, got); err != nil {
				t.Fatal(err)
			}
			all = append(all, got...)
		}
		if times := p.Times(); times != nil && (len(times) != len(ops) || slices.Min(times) <= 0) {
			t.Errorf("times %v of %d operations", times, len(ops))
		}
		return all, p.Stats()
	}
	want, one := run(1e15)
	got, several := run(4e8)
	if one.Submits != 1 || several.Submits < 3 || several.Dispatches <= one.Dispatches {
		t.Errorf("%+v on a fast device, %+v on a slow one", one, several)
	}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("word %d is %g in several submissions, %g in one", i, got[i], want[i])
		}
	}
}

// TestProductPieces cuts products of all kinds into the smallest pieces.
func TestProductPieces(t *testing.T) {
	needDevice(t)
	for _, c := range []gpu.Gemm{{TransA: true}, {TransB: true}, {Batch: 3}, {Beta: 0.5}} {
		t.Run(fmt.Sprintf("%t %t %d", c.TransA, c.TransB, c.Batch), func(t *testing.T) {
			const m, n, k = 150, 133, 1100
			var results [2][]float32
			for i, rate := range []float64{1e15, 1e7} {
				dev := limitedDevice(t, slowDevice(rate))
				count := max(c.Batch, 1)
				b, err := dev.NewBuffer("product", count*(m*k+k*n+m*n), gpu.DeviceToHost)
				if err != nil {
					t.Fatal(err)
				}
				defer b.Close()
				values := make([]float32, b.Len())
				for j := range values {
					values[j] = float32(math.Cos(float64(j)))
				}
				if err := b.Write(0, values); err != nil {
					t.Fatal(err)
				}
				o := c
				o.Alpha, o.StrideA, o.StrideB, o.StrideC = 1, m*k, k*n, m*n
				o.A, o.B, o.C = b.View(0, m, k), b.View(count*m*k, k, n), b.View(count*(m*k+k*n), m, n)
				if o.TransA {
					o.A = b.View(0, k, m)
				}
				if o.TransB {
					o.B = b.View(count*m*k, n, k)
				}
				p, err := dev.Compile("product", o)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				if i == 1 && p.Stats().Dispatches < 4 {
					t.Errorf("%d dispatches", p.Stats().Dispatches)
				}
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				results[i] = make([]float32, b.Len())
				if err := b.Read(0, results[i]); err != nil {
					t.Fatal(err)
				}
			}
			for j := range results[0] {
				if math.Float32bits(results[0][j]) != math.Float32bits(results[1][j]) {
					t.Fatalf("word %d is %g in pieces, %g in one", j, results[1][j], results[0][j])
				}
			}
		})
	}
}

// TestCanary: a submission that did not come to its end is an error, though the driver says that all is well.
func TestCanary(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	d.dropCanary = true
	dev := gpu.NewDevice(lent{d})
	b, err := dev.NewBuffer("x", 64, gpu.DeviceOnly)
	if err != nil {
		t.Fatal(err)
	}
	p, err := dev.Compile("cancelled", gpu.Fill{Y: b.View(0, 1, 64), Value: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); !errors.Is(err, gpu.ErrDeviceLost) {
		t.Errorf("%v, want ErrDeviceLost", err)
	}
	p.Close()
	b.Close()
}
