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
		gpu.RNNGradient{DWx: view(n, 5), DBias: view(1, n), Delta: delta, X: view(steps*batch, 5), H: h, T: steps, B: batch},
	}
}

// TestSubmissionsOnASlowDevice: on a device of 80 GFLOP/s, or of 10, no submission is estimated at more than 200 ms.
func TestSubmissionsOnASlowDevice(t *testing.T) {
	needDevice(t)
	for _, rate := range []float64{80e9, 10e9} {
		t.Run(fmt.Sprintf("%.0f GFLOP a second", rate/1e9), func(t *testing.T) { submissionsOnASlowDevice(t, rate) })
	}
}

func submissionsOnASlowDevice(t *testing.T, rate float64) {
	d := sharedDevice(t, slowDevice(rate))
	planned := func(words int) *gpu.Buffer { return gpu.WrapMemory("planned", words, &plannedMemory{words}) }
	square := func(n int) gpu.View { return planned(n*n).View(0, n, n) }
	for _, c := range []struct {
		name string
		left float64 // part of the multiplications that no zero of a triangle leaves out
		ops  []gpu.Op
	}{
		{"pixels n=128", 1, pixelOps(128, 128, 784, planned)},
		{"pixels n=512", 1, pixelOps(512, 128, 784, planned)},
		{"pixels n=1024", 1, pixelOps(1024, 128, 784, planned)},
		{"product n=2048", 1, []gpu.Op{gpu.Gemm{C: square(2048), A: square(2048), B: square(2048), Alpha: 1}}},
		{"product n=4096", 1, []gpu.Op{gpu.Gemm{C: square(4096), A: square(4096), TransA: true, B: square(4096), Alpha: 1}}},
		{"triangle n=2048", 1.0 / 3, []gpu.Op{gpu.Gemm{C: square(2048), A: square(2048), B: square(2048), Alpha: 1, TrapezoidA: true, Upper: true}}},
		{"triangle of shares n=1024", 0.5, []gpu.Op{gpu.Gemm{C: square(1024), A: planned(16<<20).View(0, 1024, 16384), B: planned(16<<20).View(0, 1024, 16384), TransB: true, Alpha: 1, Upper: true}}},
		{"diagonal n=2048", 0.5, []gpu.Op{gpu.Gemm{C: square(2048), A: square(2048), TransA: true, B: square(2048), Alpha: 1, TrapezoidA: true, Diag: planned(2048).View(0, 1, 2048)}}},
		{"batch of products", 1, []gpu.Op{gpu.Gemm{C: planned(16<<20).View(0, 1024, 1024), A: planned(16<<20).View(0, 1024, 1024), B: planned(16<<20).View(0, 1024, 1024),
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
			if least := c.left * float64(flops) / rate; total < least*(1-1e-9) {
				t.Errorf("all submissions take %.2f s for %.0f GFLOP, which are %.2f s", total, c.left*float64(flops)/1e9, least)
			}
		})
	}
}

// TestSeveralSubmissions: a step that is cut into several submissions, with products and recurrences cut in them, has the bits of one.
func TestSeveralSubmissions(t *testing.T) {
	needDevice(t)
	for _, c := range []struct {
		name            string
		n, batch, steps int
		rate            float64
	}{
		{"odd sizes", 96, 33, 40, 1e8},
		{"80 GFLOP a second, n=512 B=128", 512, 128, 32, 80e9},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.n > 100 {
				t.Skip("computes for long")
			}
			ops := func(memory func(words int) *gpu.Buffer) []gpu.Op { return pixelOps(c.n, c.batch, c.steps, memory) }
			want, one := runAtRate(t, 1e15, ops)
			got, several := runAtRate(t, c.rate, ops)
			if one.Submits != 1 || several.Submits < 3 || several.Dispatches <= one.Dispatches {
				t.Errorf("%+v on a fast device, %+v on a slow one", one, several)
			}
			wantBits(t, got, want)
		})
	}
}

// runAtRate runs operations on a device of so many flop/s, and returns all of their memory afterwards.
func runAtRate(t *testing.T, rate float64, list func(memory func(words int) *gpu.Buffer) []gpu.Op) ([]float32, gpu.Stats) {
	t.Helper()
	dev := limitedDevice(t, slowDevice(rate))
	var buffers []*gpu.Buffer
	ops := list(func(words int) *gpu.Buffer {
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

// wantBits compares what was computed in pieces with what was computed at once.
func wantBits(t *testing.T, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("word %d is %g in pieces, %g in one", i, got[i], want[i])
		}
	}
}

// TestProductPieces cuts products of all kinds into the smallest pieces.
func TestProductPieces(t *testing.T) {
	needDevice(t)
	for _, c := range []struct {
		name    string
		o       gpu.Gemm
		m, n, k int
		diag    bool
	}{
		{"transposed A", gpu.Gemm{TransA: true}, 150, 133, 1100, false},
		{"transposed B", gpu.Gemm{TransB: true}, 150, 133, 1100, false},
		{"batch", gpu.Gemm{Batch: 3}, 150, 133, 1100, false},
		{"one sum", gpu.Gemm{Beta: 0.5}, 150, 133, 90, false},
		{"upper", gpu.Gemm{Upper: true, TransB: true}, 150, 166, 90, false},
		{"upper of shares", gpu.Gemm{Upper: true, Beta: 0.5}, 150, 166, 1100, false},
		{"trapezoid, upper", gpu.Gemm{TrapezoidA: true, Upper: true, Batch: 2}, 150, 166, 170, false},
		{"transposed trapezoid, diagonal", gpu.Gemm{TrapezoidA: true, TransA: true}, 166, 166, 150, true},
		{"diagonal of shares", gpu.Gemm{}, 133, 150, 1100, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := func(memory func(words int) *gpu.Buffer) []gpu.Op {
				o, count := c.o, max(c.o.Batch, 1)
				o.Alpha, o.StrideA, o.StrideB, o.StrideC = 1, c.m*c.k, c.k*c.n, c.m*c.n
				ar, ac, br, bc := c.m, c.k, c.k, c.n
				if o.TransA {
					ar, ac = c.k, c.m
				}
				if o.TransB {
					br, bc = c.n, c.k
				}
				o.A, o.B, o.C = memory(count*c.m*c.k).View(0, ar, ac), memory(count*c.k*c.n).View(0, br, bc), memory(count*c.m*c.n).View(0, c.m, c.n)
				if c.diag {
					o.Diag = memory(min(c.m, c.n)).View(0, 1, min(c.m, c.n))
				}
				var ops []gpu.Op
				for i := range count {
					a := o.A
					a.Off += i * o.StrideA
					if o.TrapezoidA {
						ops = append(ops, gpu.MaskReflectors{U: a})
					}
				}
				return append(ops, o)
			}
			want, one := runAtRate(t, 1e15, list)
			got, several := runAtRate(t, 1e7, list)
			if several.Dispatches < one.Dispatches+3 {
				t.Errorf("%d dispatches, in one piece %d", several.Dispatches, one.Dispatches)
			}
			wantBits(t, got, want)
		})
	}
}

// TestGridPieces: pieces cover a grid once, and are of at most so many work groups.
func TestGridPieces(t *testing.T) {
	for _, grid := range [][3]uint32{{1, 1, 1}, {7, 1, 1}, {5, 7, 3}, {1, 9, 40}, {0, 3, 1}} {
		for _, most := range []float64{0, 0.5, 1, 4, 5, 11, 36, 1000} {
			seen := map[[3]uint32]int{}
			for _, p := range gridPieces(grid, 2, 2*most) {
				if most > 0 && p.groups() > max(most, 1) {
					t.Errorf("%v: a piece of %v for at most %g groups", grid, p.size, most)
				}
				for i := range uint32(p.groups()) {
					seen[[3]uint32{p.first[0] + i%p.size[0], p.first[1] + i/p.size[0]%p.size[1], p.first[2] + i/p.size[0]/p.size[1]}]++
				}
			}
			if len(seen) != int(grid[0]*grid[1]*grid[2]) {
				t.Errorf("%v cut into %g groups: %d are launched", grid, most, len(seen))
			}
			for at, times := range seen {
				if times != 1 || at[0] >= grid[0] || at[1] >= grid[1] || at[2] >= grid[2] {
					t.Errorf("%v cut into %g groups: %v is launched %d times", grid, most, at, times)
				}
			}
		}
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
