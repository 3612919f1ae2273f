package experiment

import (
	"context"
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Continuation makes the variants that match begin with the parameters in which another variant's run of the same seed was best, a shorter task's for
// instance. From names the axes in which that variant differs. Claims on steps count those of both runs.
type Continuation struct {
	Match Match
	From  Match
}

// begin sets of every variant the one that it goes on from.
func (e *Experiment) begin(all []Variant) error {
	for i := range all {
		for _, c := range e.Continue {
			if !all[i].matches(c.Match) {
				continue
			}
			from := Match{}
			for axis, label := range all[i].Labels {
				from[axis] = label
			}
			for axis, label := range c.From {
				if !e.hasAxis(axis) {
					return fmt.Errorf("%q does not vary, so no variant can continue another %q", axis, axis)
				}
				from[axis] = label
			}
			found := selected(all, from)
			if len(found) != 1 || found[0].Name == all[i].Name || all[i].from != "" {
				return fmt.Errorf("variant %s continues %d variants of %v; want one, that is another", all[i].Name, len(found), c.From)
			}
			all[i].from = found[0].Name
		}
	}
	return nil
}

// checkOrigins refuses variants that continue something that is left out, themselves by a detour, or another network.
func checkOrigins(all []Variant) error {
	byName := map[string]Variant{}
	for _, v := range all {
		byName[v.Name] = v
	}
	for _, v := range all {
		for at, hops := v, 0; at.from != ""; hops++ {
			next, ok := byName[at.from]
			if !ok || hops > len(all) {
				return fmt.Errorf("variant %s continues %s, which is left out or continues it", at.Name, at.from)
			}
			if mine, theirs := network(at), network(next); mine != theirs {
				return fmt.Errorf("variant %s continues %s, whose network is another: %s and %s", at.Name, at.from, mine, theirs)
			}
			at = next
		}
	}
	return nil
}

// network says of which kind the variant's parameters are.
func network(v Variant) string {
	c, err := v.asked(1)
	if err != nil {
		return err.Error()
	}
	m := c.Model
	return fmt.Sprint(m.Cell, ", hidden ", m.Hidden, ", layers ", m.Layers, ", reflectors ", m.Reflectors, ", r ", m.Radius, ", sigma ", m.Center, ", ", m.Activation)
}

// row finds a variant by its name.
func (w *workers) row(name string) int {
	return slices.IndexFunc(w.report.Rows, func(o Outcome) bool { return o.Variant.Name == name })
}

// origin returns what a run goes on from: the best validated state of the other run, which is done first where it is not there yet, and what was
// spent on it. It is nil where that run diverged. Errors: those of train.Run.
func (w *workers) origin(ctx context.Context, dev *gpu.Device, v Variant, j job) (*model.Checkpoint, Effort, error) {
	r, err := w.do(ctx, dev, job{place{w.row(v.from), j.index}, j.seed, true})
	if err != nil {
		return nil, Effort{}, fmt.Errorf("%s, which it goes on from: %w", v.from, err)
	}
	if r == nil || r.Reason == "diverged" {
		w.log("%s, seed %d: left out: %s, which it goes on from, diverged", v.Name, j.seed, v.from)
		return nil, Effort{}, nil
	}
	ck, err := model.LoadRun(r.Dir)
	return ck, Effort{Steps: r.Before.Steps + r.Steps, Seconds: r.Before.Seconds + r.Seconds}, err
}
