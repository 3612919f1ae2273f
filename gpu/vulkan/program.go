//go:build cgo

package vulkan

import (
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// program is recorded command buffers, one if the device has no watchdog to mind, with what it refers to, the gpu.Executable.
type program struct {
	dev   *device
	name  string
	subs  []*submission // one after the other; none when it is closed
	arena *scratchArena
	pool  platform.Handle
	stats gpu.Stats
	plan  []string
	ops   int // operations that are timed, 0 without timestamps
}

// Run implements gpu.Executable: submissions with a wait each, most often one, and no allocation.
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
	if len(p.subs) == 0 {
		return &gpu.Error{Op: "run", Kind: gpu.ErrClosed, Msg: "program " + p.name}
	}
	for _, s := range p.subs {
		err := s.run()
		if s.native.Messages() > 0 {
			d.collect()
		}
		if err != nil {
			return err
		}
	}
	return nil
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
	if p.ops == 0 || len(p.subs) == 0 {
		return nil
	}
	ticks := p.subs[len(p.subs)-1].native.Ticks()
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
	for _, s := range p.subs {
		if s != nil { // also what a failed compile left
			s.close()
		}
	}
	p.subs = nil
	if p.pool != 0 {
		d.vk.Destroy(platform.DescriptorPool, p.pool)
		d.ledger.destroyed("vkCreateDescriptorPool")
		p.pool = 0
	}
	p.arena.at.release()
}
