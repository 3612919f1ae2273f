//go:build cgo

package vulkan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/steady"
)

// tuneBudget is the time that tuning takes at first use, in all compilations of a device together, with compiling the candidates'
// kernels. It is exceeded by one kernel's compilation at most.
const tuneBudget = 3 * time.Second

// tuner is a device's part in tuning.
type tuner struct {
	mu    sync.Mutex    // one tuning at a time; taken before the device's lock
	table tunings       // under the device's lock
	left  time.Duration // of tuneBudget
	file  string        // "" where nothing is kept
	// unkept means that the file cannot be written: what is not known is the cost model's.
	unkept bool
	took   func(tile string) time.Duration // of a test: how long a run of a tile takes; nil for what it does take
}

// effort says how thoroughly to measure.
type effort struct {
	flops  float64   // work of a run
	rounds int       // interleaved runs of each candidate
	drop   float64   // candidates that take so many times the best's time at first are not run again
	until  time.Time // no candidate is begun after it; zero for no end
	// warm is how long a device that was idle may take until its times stay the same over a span: a card raises its clock fivefold. 0 on a
	// processor.
	warm, span time.Duration
}

// settledWithin is by how much times of a device that is warm differ.
const settledWithin = 0.03

// cold is the rule for a device that may have been idle, used for one that has just run something else.
func (e effort) cold() steady.Rule {
	return steady.Rule{Within: settledWithin, Span: e.span, Limit: e.warm}
}
func (e effort) used() steady.Rule { return steady.Rule{Within: settledWithin, Limit: e.warm / 10} }

// What a candidate has to gain to be preferred to the cost model's choice: more than the noise of a measurement.
const tuneLeastGain = 1.03

// openTunings reads what is kept about this device.
func (d *device) openTunings() {
	d.tuner.file, d.tuner.left = d.keptFile(".tuning"), tuneBudget
	if d.opts.Tuning == gpu.TuningOff || d.tuner.file == "" {
		return
	}
	table, err := readTunings(d.files, d.tuner.file, d.fileOwner())
	if err != nil {
		d.warn(fmt.Sprintf("tuning ignored: %v; it will be measured anew", err))
	}
	d.tuner.table = table
}

// tunings returns what is known.
func (d *device) tunings() tunings {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tuner.table
}

// setTunings replaces what is known.
func (d *device) setTunings(t tunings) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tuner.table = t
}

// say passes on what tuning does.
func (d *device) say(severity, format string, args ...any) {
	d.messages.add(gpu.Message{Severity: severity, Text: fmt.Sprintf(format, args...)})
	d.deliver()
}

// tunables returns what of the operations can be tuned, most work first. Operations that cannot be recorded are left to Compile.
func (d *device) tunables(ops []gpu.Op) []tunable {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.lost {
		return nil
	}
	var s shapeSet
	r := &recorder{dev: d, limits: d.limits, arena: &scratchArena{}, shapes: &s}
	for _, op := range ops {
		if err := r.record(op); err != nil {
			return nil
		}
	}
	return s.heaviest()
}

// tuneFirst measures what the operations contain that is not known, within the budget, and keeps it. What the budget does not reach
// is kept as the cost model's, so that the same program has the same tiles from now on.
func (d *device) tuneFirst(ops []gpu.Op) {
	t := &d.tuner
	if d.opts.Tuning != gpu.TuningAuto || t.file == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	known := d.tunings()
	list := slices.DeleteFunc(d.tunables(ops), func(u tunable) bool { _, ok := known[u.key]; return ok })
	if len(list) == 0 || t.unkept {
		return
	}
	if _, err := d.saveTunings(t.file, nil); err != nil {
		d.say("warning", "not tuned, because it cannot be kept: %v", err)
		t.unkept = true
		return
	}
	if t.left > 0 {
		d.say("info", "tuning %d operations for %s, once, for about %.1f s", len(list), d.info.Name, t.left.Seconds())
	}
	start := time.Now()
	fresh, gains := d.measureWithin(list, t.left)
	took := time.Since(start)
	t.left -= took
	all, err := d.saveTunings(t.file, fresh)
	if err != nil {
		d.say("warning", "tuning not kept: %v", err)
	}
	d.setTunings(all)
	d.say("info", "%s", tuneSummary(took, fresh, gains))
}

// measureWithin divides a time among shapes by their work, and returns what is chosen and the gains in words.
func (d *device) measureWithin(list []tunable, budget time.Duration) (fresh tunings, gains []string) {
	end := time.Now().Add(budget)
	fresh = tunings{}
	for i, u := range list {
		var work float64
		for _, v := range list[i:] {
			work += v.flops
		}
		share := time.Duration(float64(time.Until(end)) * u.flops / work)
		result, choice, err := d.measure(context.Background(), u, d.quick(share))
		if err != nil {
			d.say("warning", "%s not tuned: %v", u.key, err)
		}
		fresh[u.key] = choice
		if result.Choice != result.Estimate {
			gains = append(gains, fmt.Sprintf("%s: %s, %.2f times as fast as %s", u.key, result.Choice, result.Gain(), result.Estimate))
		}
	}
	return fresh, gains
}

// tuneSummary says what tuning at first use has brought.
func tuneSummary(took time.Duration, fresh tunings, gains []string) string {
	unmeasured := 0
	for _, c := range fresh {
		if c.Tile == "" {
			unmeasured++
		}
	}
	s := fmt.Sprintf("tuned %d operations in %.1f s", len(fresh)-unmeasured, took.Seconds())
	if unmeasured > 0 {
		s += fmt.Sprintf(", left %d to the estimate (spectral-gpu tune measures all)", unmeasured)
	}
	if len(gains) == 0 {
		return s + "; the estimates stay"
	}
	return s + "; " + strings.Join(gains, "; ")
}

// quick is the effort at first use: a few milliseconds a run.
func (d *device) quick(budget time.Duration) effort {
	e := effort{flops: 2e8, rounds: 3, drop: 1.3, until: time.Now().Add(budget)}
	if !d.limits.Software {
		e.flops, e.warm, e.span = 4e9, 500*time.Millisecond, 50*time.Millisecond
	}
	return e
}

// thorough is the effort of Device.Tune.
func (d *device) thorough() effort {
	e := d.quick(0)
	e.flops, e.rounds, e.drop, e.until = 5*e.flops, 9, 2, time.Time{}
	return e
}

// Tune implements gpu.Tuner.
func (d *device) Tune(ctx context.Context, ops []gpu.Op, report func(done, total int, t gpu.Tuned)) error {
	t := &d.tuner
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := d.locked(func() error { return d.usable("tune") }); err != nil {
		return err
	}
	list := d.tunables(ops)
	if t.file != "" && len(list) > 0 {
		if _, err := d.saveTunings(t.file, nil); err != nil { // rather now than after minutes
			return fmt.Errorf("keep the tuning: %w", err)
		}
	}
	fresh := tunings{}
	for i, u := range list {
		result, choice, err := d.measure(ctx, u, d.thorough())
		if err != nil { // what was measured until then is good
			return errors.Join(err, d.keepTunings(fresh))
		}
		fresh[u.key] = choice
		report(i+1, len(list), result)
	}
	return d.keepTunings(fresh)
}

// keepTunings adds to what is kept.
func (d *device) keepTunings(fresh tunings) error {
	if d.tuner.file == "" || len(fresh) == 0 {
		return nil
	}
	all, err := d.saveTunings(d.tuner.file, fresh)
	if err != nil {
		return fmt.Errorf("keep the tuning: %w", err)
	}
	if d.opts.Tuning != gpu.TuningOff {
		d.setTunings(all)
	}
	return nil
}

// measure runs the candidates of u in turn. The first is the cost model's choice; without the time for a second one the choice
// stays with the model.
func (d *device) measure(ctx context.Context, u tunable, e effort) (gpu.Tuned, tuned, error) {
	result := gpu.Tuned{Op: u.op.Name(), Shape: u.key, Estimate: u.tiles[0].text, Choice: u.tiles[0].text}
	if !e.until.IsZero() && time.Now().After(e.until) {
		return result, tuned{}, nil
	}
	t, err := d.newTrial(u.op, e.flops)
	if err != nil {
		return result, tuned{}, err
	}
	defer t.close()
	runs, n, best, err := fastest(ctx, u.tiles, e, d.tuner.clocked(t.timed))
	if err != nil || n < 2 {
		return result, tuned{}, err
	}
	result.Estimate = runs[0].tile.text // the model's first may not compile
	result.Choice, result.Before, result.After, result.Candidates = runs[best].tile.text, runs[0].median(), runs[best].median(), n
	return result, tuned{Tile: runs[best].tile.id, Gain: result.Gain()}, nil
}

// fastest runs candidates, the cost model's first, and returns those worth measuring with their times, how many were tried, and which of them is
// the fastest: by medians of runs in turn on a device that is warm, and by more than their noise. timed makes one ready to run.
func fastest(ctx context.Context, tiles []tile, e effort, timed func(id string) (func() (time.Duration, error), error)) (runs []candidateRun, tried, best int, err error) {
	runs, tried, err = candidates(ctx, tiles, e, timed)
	if err != nil || tried < 2 {
		return runs, tried, 0, err
	}
	if _, err := e.cold().Until(runs[0].run); err != nil {
		return runs, tried, 0, err
	}
	if err := interleaveRuns(ctx, runs, e.rounds); err != nil {
		return runs, tried, 0, err
	}
	for i, r := range runs {
		if r.median() < runs[best].median() {
			best = i
		}
	}
	if float64(runs[0].median()) < tuneLeastGain*float64(runs[best].median()) {
		best = 0
	}
	return runs, tried, best, nil
}

// candidateRun is a candidate with its times.
type candidateRun struct {
	tile  tile
	run   func() (time.Duration, error)
	times []time.Duration // sorted
}

func (r candidateRun) median() time.Duration { return r.times[len(r.times)/2] }

// timed compiles the operation with a tile.
func (t *trial) timed(id string) (func() (time.Duration, error), error) {
	p, err := t.program(id)
	return func() (time.Duration, error) { return runTimed(p) }, err
}

// clocked lets the runs of a tile take as long as a test says.
func (u *tuner) clocked(timed func(id string) (func() (time.Duration, error), error)) func(id string) (func() (time.Duration, error), error) {
	if u.took == nil {
		return timed
	}
	return func(id string) (func() (time.Duration, error), error) {
		run, err := timed(id)
		return func() (time.Duration, error) {
			_, err := run()
			return u.took(id), err
		}, err
	}
}

// candidates compiles and tries the tiles, as many as there is time for, and returns those worth measuring, the first that the driver compiles always
// among them, and the number that were tried.
func candidates(ctx context.Context, tiles []tile, e effort, timed func(id string) (func() (time.Duration, error), error)) (runs []candidateRun, tried int, err error) {
	var cost time.Duration
	var best candidateRun
	var least time.Duration // of best
	var unsupported error
	for _, c := range tiles {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		start := time.Now()
		if tried > 0 && !e.until.IsZero() && start.Add(cost).After(e.until) {
			break
		}
		run, err := timed(c.id)
		if errors.Is(err, gpu.ErrUnsupported) {
			unsupported = err
			continue // there is no such plan for the shortened operation, or the driver does not compile it, or takes long
		}
		if err != nil {
			return nil, 0, err
		}
		one, rule := candidateRun{tile: c, run: run}, e.cold()
		if tried > 0 { // it was warm before the kernel was compiled
			rule = e.used()
		}
		compiled := time.Since(start)
		first, err := rule.Until(one.run)
		if err != nil {
			return nil, 0, err
		}
		if tried > 0 && e.warm > 0 && float64(first) > e.drop*float64(least) { // or has the device cooled down meanwhile?
			if first, least, err = inTurn(one, best); err != nil {
				return nil, 0, err
			}
		}
		if tried == 0 { // others need not be warmed up
			cost = compiled + first
		} else {
			cost = max(cost, time.Since(start))
		}
		tried++
		if tried > 1 && float64(first) > e.drop*float64(least) {
			continue
		}
		if tried == 1 || first < least {
			best, least = one, first
		}
		runs = append(runs, one)
	}
	if tried == 0 {
		return nil, 0, unsupported
	}
	return runs, tried, nil
}

// interleaveRuns runs all candidates in turn, so that a change of the device's speed meets all alike.
func interleaveRuns(ctx context.Context, runs []candidateRun, rounds int) error {
	for range rounds {
		for i := range runs {
			if err := ctx.Err(); err != nil {
				return err
			}
			d, err := runs[i].run()
			if err != nil {
				return err
			}
			runs[i].times = append(runs[i].times, d)
		}
	}
	for i := range runs {
		slices.Sort(runs[i].times)
	}
	return nil
}
