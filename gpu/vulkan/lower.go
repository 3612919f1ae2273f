//go:build cgo

package vulkan

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// lowerings holds, by the type of operation, the function that turns it into dispatches.
var lowerings = map[reflect.Type]func(r *recorder, op gpu.Op) error{}

// implement says how operations of type O are carried out. Each operation's file calls it from init.
func implement[O gpu.Op](f func(r *recorder, op O) error) {
	t := reflect.TypeFor[O]()
	if lowerings[t] != nil {
		panic("vulkan: " + t.String() + " implemented twice")
	}
	lowerings[t] = func(r *recorder, op gpu.Op) error { return f(r, op.(O)) }
}

// lower records op as part of the operation that is being recorded.
func (r *recorder) lower(op gpu.Op) error {
	f := lowerings[reflect.TypeOf(op)]
	if f == nil {
		return &gpu.Error{Op: op.Name(), Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf("the vulkan executor has no form of %T", op)}
	}
	if err := op.Check(); err != nil {
		return err
	}
	outer := r.chosen
	r.chosen = tileKey{}
	first := len(r.dispatches)
	err := f(r, op)
	r.price(op, first)
	r.chosen = outer
	if err != nil {
		return err
	}
	return r.err
}

// record records a top-level operation: its scratch memory starts anew, and it has a line in the plan and a time of its own.
func (r *recorder) record(op gpu.Op) error {
	r.scratchUsed = 0
	r.notes = r.notes[:0]
	first := len(r.dispatches)
	if err := r.lower(op); err != nil {
		return err
	}
	plan := op.Name()
	if len(r.notes) > 0 {
		plan += ": " + strings.Join(r.notes, "; ")
	}
	r.plan = append(r.plan, plan+dispatchSummary(r.dispatches[first:]))
	r.opEnds = append(r.opEnds, len(r.dispatches))
	return nil
}

// dispatchSummary names the kernels of some dispatches, repeated ones once with their number.
func dispatchSummary(list []recorded) string {
	if len(list) == 0 {
		return " (nothing to do)"
	}
	var parts []string
	for i := 0; i < len(list); {
		k, n := list[i].Kernel, 0
		for ; i < len(list) && list[i].Kernel == k; i++ {
			n++
		}
		g := list[i-1].Groups
		s := fmt.Sprintf("%s %d×%d×%d", k.Name, g[0], g[1], g[2])
		if n > 1 {
			s = fmt.Sprintf("%d %s", n, s)
		}
		parts = append(parts, s)
	}
	if len(parts) > 6 {
		parts = append(parts[:5], fmt.Sprintf("… %d dispatches in all", len(list)))
	}
	return " [" + strings.Join(parts, ", ") + "]"
}
