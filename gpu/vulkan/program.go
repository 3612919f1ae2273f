//go:build cgo

package vulkan

import (
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// program is a recorded command buffer with what it refers to, the gpu.Executable.
type program struct {
	dev   *device
	name  string
	sub   *submission
	arena *scratchArena
	pool  platform.Handle
	stats gpu.Stats
	plan  []string
	ops   int // operations that are timed, 0 without timestamps
}

// Run implements gpu.Executable: one submission and one wait, and no allocation.
func (p *program) Run() error {
	d := p.dev
	err := p.runOnce()
	if err == nil && !d.opts.Validate {
		return nil
	}
	d.deliver()
	if fresh := d.messages.takeFresh(); err == nil {
		err = fresh
	}
	return err
}

// runOnce is Run without what the validation layer said, under the device's lock.
func (p *program) runOnce() error {
	d := p.dev
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable("run"); err != nil {
		return err
	}
	if p.sub == nil {
		return &gpu.Error{Op: "run", Kind: gpu.ErrClosed, Msg: "program " + p.name}
	}
	err := p.sub.run()
	if p.sub.native.Messages() > 0 {
		d.collect()
	}
	return err
}

// Stats implements gpu.Executable.
func (p *program) Stats() gpu.Stats { return p.stats }

// Plan implements gpu.Executable.
func (p *program) Plan() []string { return p.plan }

// Times implements gpu.Executable.
func (p *program) Times() []time.Duration {
	d := p.dev
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.ops == 0 || p.sub == nil {
		return nil
	}
	ticks := p.sub.native.Ticks()
	mask := ^uint64(0)
	if d.phys.tickBits < 64 {
		mask = 1<<d.phys.tickBits - 1
	}
	times := make([]time.Duration, p.ops)
	for i := range times {
		n := (ticks[i+1] - ticks[i]) & mask
		times[i] = time.Duration(float64(n) * d.phys.Limits.TickNanoseconds)
	}
	return times
}

// Close implements gpu.Executable. No program runs while the device's lock is held.
func (p *program) Close() {
	_ = p.dev.locked(func() error {
		if !p.dev.closed {
			p.release()
		}
		return nil
	})
}

// release frees everything, also what a failed compile left.
func (p *program) release() {
	d := p.dev
	if p.sub != nil {
		p.sub.close()
		p.sub = nil
	}
	if p.pool != 0 {
		d.vk.Destroy(platform.DescriptorPool, p.pool)
		d.ledger.destroyed("vkCreateDescriptorPool")
		p.pool = 0
	}
	p.arena.at.release()
}
