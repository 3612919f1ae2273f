//go:build cgo

package vulkan

import (
	"fmt"
	"sync"
	"time"

	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// Some drivers take long to compile a large tile, and a compilation cannot be interrupted. So it is waited for once, and where it took longer than
// slowCompile the plan takes its next tile, from then on and in later processes, as with tiles that are refused. After slowTries tiles more, or where
// there is none, the one of the class that compiled the quickest stays: a slow start ends.
const (
	slowCompile = 5 * time.Second
	slowTries   = 2
)

// compileClock times pipelines that are compiled side by side. Drivers may compile one at a time while the other threads wait, so that a pipeline is
// charged from the end of the one before at the earliest: never for more than it took alone.
type compileClock struct {
	mu   sync.Mutex
	last time.Time // the end of the last one
}

// took returns the time that a pipeline is charged for.
func (c *compileClock) took(begun, ended time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.After(begun) {
		begun = c.last
	}
	if ended.After(c.last) {
		c.last = ended
	}
	return max(ended.Sub(begun), 0)
}

// patience is how long a pipeline may take to compile, 0 for any time: on a processor that depends on what else it does, and tiles must not.
func (d *device) patience() time.Duration {
	if d.limits.Software || d.phys.profile != nil {
		return 0
	}
	return slowCompile
}

// compiledIn notes how long a pipeline took to compile.
func (d *device) compiledIn(s specialised, took time.Duration) {
	limit := d.patience()
	if d.compileTime != nil {
		limit, took = slowCompile, d.compileTime(s.kernel, s.spec)
	}
	if limit > 0 && took > limit {
		d.pipelines.slow[s.key()] = took.Seconds()
	}
}

// dropSlow forgets the tiles whose pipelines take long to compile, adds those to fresh, and tells whether another plan may be quicker.
func (d *device) dropSlow(list []recorded, fresh avoided) bool {
	again := false
	for _, one := range list {
		s := specialised{one.Kernel, one.Spec}
		seconds := d.slowSeconds(s)
		if seconds == 0 || one.tile == (tileKey{}) {
			continue
		}
		if _, known := d.pipelines.dropped[one.tile]; known {
			continue
		}
		d.pipelines.dropped[one.tile] = seconds
		if _, before := d.pipelines.kept[s.String()]; !before {
			fresh[s.String()] = seconds
			d.warn(fmt.Sprintf("the driver took %.0f s to compile kernel %s for tile %s of %s: another is tried", seconds, one.Kernel.Name, one.tile.id, one.tile.class))
		}
		again = true
	}
	return again
}

// compileTimes is what a test puts in the place of the clock.
type compileTimes func(k *shaders.Kernel, spec []uint32) time.Duration
