package main

import (
	"context"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/steady"
)

// roofline is the best that was measured on a device: arithmetic by chains of multiply-adds that stay in registers (gpu.Accumulate) and by a
// product, and moving words by operations that do little else, over as much memory as a cache holds and over more.
type roofline struct {
	flops  float64 // per second
	levels []level // the smallest first; none is faster than one before
}

// level is the rate at which so many bytes are read and written.
type level struct {
	bytes int64
	rate  float64 // bytes per second
}

// seconds returns the least time that work of this cost takes.
func (r roofline) seconds(c gpu.Cost) float64 {
	return max(float64(c.Flops)/r.flops, float64(c.Bytes)/r.bandwidth(c.Bytes))
}

// bandwidth returns the rate for so many bytes: that of the largest measured amount that is not more, which caches hold at least as well.
func (r roofline) bandwidth(bytes int64) float64 {
	rate := r.levels[0].rate
	for _, l := range r.levels {
		if l.bytes <= bytes {
			rate = l.rate
		}
	}
	return rate
}

// memory returns the rate of what no cache holds.
func (r roofline) memory() float64 { return r.levels[len(r.levels)-1].rate }

// add takes a measured rate of so many bytes into account.
func (r *roofline) add(bytes int64, rate float64) {
	r.levels = append(r.levels, level{bytes, rate})
	slices.SortStableFunc(r.levels, func(a, b level) int { return int(min(max(a.bytes-b.bytes, -1), 1)) })
	for i := len(r.levels) - 2; i >= 0; i-- {
		r.levels[i].rate = max(r.levels[i].rate, r.levels[i+1].rate)
	}
}

// raise lifts the roof to what an operation has reached, so that a roof that was measured while the device was busy is not below it.
func (r *roofline) raise(c gpu.Cost, seconds float64) {
	if seconds <= 0 {
		return
	}
	r.flops = max(r.flops, float64(c.Flops)/seconds)
	if rate := float64(c.Bytes) / seconds; c.Bytes > 0 && rate > r.bandwidth(c.Bytes) {
		r.add(c.Bytes, rate)
	}
}

// peakWork says what the kernels for the roof are run on.
type peakWork struct {
	elements, rounds int   // of multiply-adds
	words            []int // that are moved, smallest first
}

// peakWorkOf suits a device: a graphics processor needs a hundred times the work of a processor to be busy.
func peakWorkOf(info gpu.Info) peakWork {
	if info.Kind == gpu.CPU || info.Kind == gpu.SoftwareGPU || info.Kind == gpu.Fake {
		return peakWork{elements: 1 << 16, rounds: 1 << 10, words: []int{1 << 16, 1 << 20, 1 << 24}}
	}
	return peakWork{elements: 1 << 20, rounds: 1 << 10, words: []int{1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26}}
}

func measureRoofline(ctx context.Context, dev *gpu.Device) (r roofline, err error) {
	work := peakWorkOf(dev.Info())
	const n = 1024 // of the product
	words := max(slices.Max(work.words), work.elements)
	if most := dev.Info().Memory / 4 / 16; most > 0 { // words of each buffer that leave the most of the memory alone
		words = int(min(int64(words), most))
	}
	words = max(words, 3*n*n)
	a, err := dev.NewBuffer("roofline A", words, gpu.DeviceOnly)
	if err != nil {
		return r, err
	}
	defer a.Close()
	b, err := dev.NewBuffer("roofline B", words, gpu.DeviceOnly)
	if err != nil {
		return r, err
	}
	defer b.Close()
	elements := min(work.elements, words)
	for _, op := range []gpu.Op{
		gpu.Accumulate{Y: a.View(0, 1, elements), X: a.View(0, 1, elements), A: 0.5, B: 0.5, Rounds: work.rounds},
		gpu.Gemm{C: b.View(0, n, n), A: a.View(0, n, n), B: a.View(n*n, n, n), Alpha: 1},
	} {
		took, err := bestTime(ctx, dev, op, steady.Default)
		if err != nil {
			return r, err
		}
		r.flops = max(r.flops, float64(op.Cost().Flops)/took.Seconds())
	}
	for _, w := range work.words {
		if w > words {
			continue
		}
		for _, op := range moves(a, b, w) {
			took, err := bestTime(ctx, dev, op, steady.Rule{Within: steady.Default.Within, Limit: steady.Default.Limit / 20}) // it is warm
			if err != nil {
				return r, err
			}
			r.add(op.Cost().Bytes, float64(op.Cost().Bytes)/took.Seconds())
		}
	}
	return r, nil
}

// moves are operations that do little else than read and write so many words of two buffers in all.
func moves(a, b *gpu.Buffer, words int) []gpu.Op {
	const rows = 64
	half := words / 2
	return []gpu.Op{
		gpu.Copy{Y: b.View(0, 1, half), X: a.View(0, 1, half)},
		gpu.Fill{Y: b.View(0, 1, words)},
		gpu.ColDot{Out: b.View(0, 1, words/rows), A: a.View(0, rows, words/rows), Alpha: 1},
		gpu.Scale{Y: b.View(0, 1, half), X: a.View(0, 1, half), Alpha: 1, Beta: 1},
	}
}

// peakRuns is how often a kernel is run on a warm device at most, and leastPeakRuns at least, where that takes longer than peakTime; the shortest
// time counts.
const (
	peakRuns, leastPeakRuns = 9, 2
	peakTime                = 150 * time.Millisecond
)

// bestTime returns the shortest time of an operation: on the device where it can measure that, else by the host's clock.
func bestTime(ctx context.Context, dev *gpu.Device, op gpu.Op, warm steady.Rule) (time.Duration, error) {
	p, err := dev.CompileWith(gpu.CompileOptions{Name: "roofline", Timestamps: true}, op)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	run := func() (time.Duration, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := p.Run(); err != nil {
			return 0, err
		}
		wall := time.Since(start)
		if times := p.Times(); len(times) == 1 && times[0] > 0 {
			return times[0], nil
		}
		return max(wall, 1), nil
	}
	best, err := warm.Until(run)
	for i, begin := 0, time.Now(); err == nil && i < peakRuns && (i < leastPeakRuns || time.Since(begin) < peakTime); i++ {
		took, err := run()
		if err != nil {
			return 0, err
		}
		best = min(best, took)
	}
	return best, err
}

// executed is the cost of an operation without what it leaves out: the zeros of triangles and trapezoids, which a product's cost includes.
func executed(op gpu.Op) gpu.Cost {
	c := op.Cost()
	o, ok := op.(gpu.Gemm)
	if r, repeated := op.(gpu.Repeat); repeated {
		inner := executed(r.Op)
		return gpu.Cost{Flops: int64(r.Count) * inner.Flops, Bytes: c.Bytes}
	}
	if !ok || !o.TrapezoidA && !o.Upper {
		return c
	}
	m, n, k := o.Dims()
	c.Flops = 0
	for i := range m {
		cols, depth := n, k
		if o.Upper {
			cols = max(n-i, 0)
		}
		switch {
		case o.TrapezoidA && o.TransA:
			depth = min(i+1, k)
		case o.TrapezoidA:
			depth = max(k-i, 0)
		}
		c.Flops += 2 * int64(o.Count()) * int64(cols) * int64(depth)
	}
	return c
}
