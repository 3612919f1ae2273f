package main

import (
	"math"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// roofline is the best that this program measured on a device: the rate of its own largest matrix product, and of a copy of more
// memory than caches hold.
type roofline struct {
	flops float64 // per second
	bytes float64 // per second
}

// seconds returns the least time that work of this cost takes.
func (r roofline) seconds(c gpu.Cost) float64 {
	return math.Max(float64(c.Flops)/r.flops, float64(c.Bytes)/r.bytes)
}

func measureRoofline(dev *gpu.Device) (r roofline, err error) {
	const n, words = 1024, 16 << 20
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
	gemm := gpu.Gemm{C: b.View(0, n, n), A: a.View(0, n, n), B: a.View(n*n, n, n), Alpha: 1}
	cp := gpu.Copy{Y: b.All(), X: a.All()}
	for _, m := range []struct {
		op   gpu.Op
		rate *float64
		work float64
	}{{gemm, &r.flops, float64(gemm.Cost().Flops)}, {cp, &r.bytes, float64(cp.Cost().Bytes)}} {
		best, err := bestTime(dev, m.op, 5)
		if err != nil {
			return r, err
		}
		*m.rate = m.work / best.Seconds()
	}
	return r, nil
}

// bestTime runs op once to warm up and then returns the shortest of the given number of runs.
func bestTime(dev *gpu.Device, op gpu.Op, runs int) (time.Duration, error) {
	p, err := dev.Compile("roofline", op)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	best := time.Duration(math.MaxInt64)
	for i := range runs + 1 {
		start := time.Now()
		if err := p.Run(); err != nil {
			return 0, err
		}
		if i > 0 {
			best = min(best, time.Since(start))
		}
	}
	return best, nil
}
