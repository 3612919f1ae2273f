//go:build cgo

package vulkan

import (
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Systems reset a device that works on one submission for long: after 2 s on Windows and under AMD's driver for Linux, after 0.5 s on a
// Raspberry Pi. So work is cut by the rate that was measured on the device: into dispatches of about dispatchSeconds, and those into
// submissions of at most submissionSeconds, both with room for estimates that are off by half. No cut changes a bit of the results. A software
// driver has no such bounds.
const (
	dispatchSeconds   = 0.05
	submissionSeconds = 0.1
)

// Rates of a device that was not measured, and the part of a product's rate that other operations reach at least.
const (
	assumedRate  = 200e9 // flop/s
	rateOfOthers = 0.25
	bytesPerFlop = 1 / 8.0 // of memory, moved in the time of a product's operation
	leastBytes   = 5e9     // bytes/s
)

// rate returns the flop/s of products.
func (l limits) rate() float64 {
	if l.Rate > 0 {
		return l.Rate
	}
	return assumedRate
}

// dispatchFlops is the most work of a dispatch of a recurrence, in flops, given that on a software driver.
func (l limits) dispatchFlops(software float64) float64 {
	if l.Software {
		return software
	}
	return min(rnnHardwareFlops, l.rate()*rateOfOthers*2*dispatchSeconds)
}

// groupFlops is the most work of one work group of it.
func (l limits) groupFlops() float64 { return rnnGroupFlops * min(1, l.rate()/assumedRate) }

// productFlops is the most work of a dispatch of a product, 0 for any: on a software driver, whose rate is not measured.
func (l limits) productFlops() float64 {
	if l.Software && l.Rate == 0 {
		return 0
	}
	return l.rate() * dispatchSeconds
}

// seconds estimates the time of work on the device, 0 where there is no watchdog.
func (l limits) seconds(c gpu.Cost, product bool) float64 {
	if l.Software {
		return 0
	}
	flops := l.rate()
	bytes := max(flops*bytesPerFlop, leastBytes)
	if !product {
		flops *= rateOfOthers
	}
	return max(float64(c.Flops)/flops, float64(c.Bytes)/bytes)
}

// price divides the estimated time of an operation among its dispatches from the first on: that of the operations that it was lowered to is
// known already.
func (r *recorder) price(op gpu.Op, first int) {
	_, product := op.(gpu.Gemm)
	left, open := r.limits.seconds(op.Cost(), product), 0
	for _, d := range r.dispatches[first:] {
		if d.seconds > 0 {
			left -= d.seconds
		} else {
			open++
		}
	}
	if left <= 0 || open == 0 {
		return
	}
	for i := range r.dispatches[first:] {
		if d := &r.dispatches[first+i]; d.seconds == 0 {
			d.seconds = left / float64(open)
		}
	}
}

// timed records dispatches that take about so long each.
func (r *recorder) timed(seconds float64, dispatch func()) {
	first := len(r.dispatches)
	dispatch()
	for i := range r.dispatches[first:] {
		r.dispatches[first+i].seconds = seconds
	}
}

// packing puts dispatches into submissions.
type packing struct{ seconds float64 }

// begins adds a dispatch of an estimated time and tells whether it begins another submission.
func (p *packing) begins(seconds float64) bool {
	if p.seconds > 0 && p.seconds+seconds > submissionSeconds {
		p.seconds = seconds
		return true
	}
	p.seconds += seconds
	return false
}

// rateWork is the work below which a program is not worth the time to find out how fast the device is.
const rateWork = 1e9

// findRate measures the device's rate, once, when the first program with work to speak of is compiled.
func (d *device) findRate(ops []gpu.Op) {
	var flops int64
	for _, op := range ops {
		flops += op.Cost().Flops
	}
	d.mu.Lock()
	known := d.limits.Software || d.limits.Rate > 0 || d.closed || d.lost
	d.mu.Unlock()
	if known || float64(flops) < rateWork {
		return
	}
	rate := d.measureRate()
	d.mu.Lock()
	d.limits.Rate = max(rate, 1e9)
	d.mu.Unlock()
}

// measureRate times products of the size that fills small devices, 0 where that fails: what is wrong then shows when the program is compiled.
func (d *device) measureRate() float64 {
	const n, count = 512, 4
	m, err := d.Alloc("rate", 3*n*n, gpu.DeviceOnly)
	if err != nil {
		return 0
	}
	defer m.Free()
	b := gpu.WrapMemory("rate", 3*n*n, m)
	one := gpu.Gemm{C: b.View(0, n, n), A: b.View(n*n, n, n), B: b.View(2*n*n, n, n), Alpha: 1}
	ops := make([]gpu.Op, count)
	for i := range ops {
		ops[i] = one
	}
	p, err := d.compile(ops, gpu.CompileOptions{Name: "rate"}, "")
	if err != nil {
		return 0
	}
	defer p.Close()
	best := time.Duration(0)
	for range 3 { // the first may compile, and a device may have to wake up
		start := time.Now()
		if p.Run() != nil {
			return 0
		}
		if took := time.Since(start); best == 0 || took < best {
			best = took
		}
	}
	return 2 * n * n * n * count / max(best.Seconds(), 1e-6)
}
