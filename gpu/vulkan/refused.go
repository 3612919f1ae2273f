//go:build cgo

package vulkan

import (
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// Some drivers do not make every pipeline that keeps to the limits they state: a kernel may need more registers than there are. What they
// refuse is remembered, and the plan for it takes its next tile; where there is none, the operation fails and says so.

// tileKey is a tile among the candidates for a class of shapes.
type tileKey struct{ class, id string }

// refusal is the error of a pipeline that the driver did not make, twice.
type refusal struct{ err error }

func (e *refusal) Error() string { return e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

// refusedResult is the error of a pipeline that was refused.
func (d *device) refusedResult(s specialised, r platform.Result) error {
	why := platform.Error("vkCreateComputePipelines", r, "")
	if r == platform.DeviceLost {
		return why
	}
	return &refusal{&gpu.Error{Op: "kernel " + s.kernel.Name, Kind: gpu.ErrUnsupported, Err: why, Msg: fmt.Sprintf(
		"the driver of %s does not compile it with constants %v, and there is no other form; update the driver, or use the CPU executor (--device cpu)", d.info.Name, s.spec)}}
}

// dropRefused forgets the tiles whose pipelines the driver has refused, adds those to fresh, and tells whether another plan may do without them.
func (d *device) dropRefused(err error, list []recorded, fresh avoided) bool {
	var refused *refusal
	if !errors.As(err, &refused) {
		return false
	}
	again := false
	for _, one := range list {
		s := specialised{one.Kernel, one.Spec}
		if d.pipelines.refused[s.key()] == nil {
			continue
		}
		if one.tile == (tileKey{}) {
			return false
		}
		if seconds, known := d.pipelines.dropped[one.tile]; known && seconds == 0 {
			continue
		}
		d.pipelines.dropped[one.tile] = 0
		if _, before := d.pipelines.kept[s.String()]; !before {
			fresh[s.String()] = 0
			d.warn(fmt.Sprintf("the driver does not compile kernel %s for tile %s of %s: another is used", one.Kernel.Name, one.tile.id, one.tile.class))
		}
		again = true
	}
	return again
}

// left returns the candidates whose pipelines the driver has neither refused nor taken long for. Where that leaves none, or enough were tried, it is the
// one that took the least time.
func left[P candidate](r *recorder, class string, list []P) []P {
	dropped := r.dev.pipelines.dropped
	if len(dropped) == 0 {
		return list
	}
	var kept, quickest []P
	slow, least := 0, 0.0
	for _, p := range list {
		seconds, known := dropped[tileKey{class, p.id()}]
		switch {
		case !known:
			kept = append(kept, p)
		case seconds > 0:
			if slow++; slow == 1 || seconds < least {
				quickest, least = []P{p}, seconds
			}
		}
	}
	if slow > 0 && len(kept) == 0 || slow > slowTries {
		return quickest
	}
	return kept
}

// allRefused is the error where no candidate is left.
func (r *recorder) allRefused(op string) error {
	msg := fmt.Sprintf("the driver of %s compiles none of its tiles for these sizes; update the driver, or use the CPU executor (--device cpu)", r.dev.info.Name)
	if len(r.dev.pipelines.kept) > 0 {
		msg += "; some were not tried again: delete " + r.dev.keptFile(".avoided") + " to try them"
	}
	err := &gpu.Error{Op: op, Kind: gpu.ErrUnsupported, Msg: msg}
	r.fail(err)
	return err
}
