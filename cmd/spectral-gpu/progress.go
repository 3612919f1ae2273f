package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// reporter shows the events of a run: JSON lines on standard output where asked for, and how far it is on standard error.
type reporter struct {
	json   *json.Encoder
	meter  *meter
	resume string // the command that goes on with the run
	saved  bool   // an interrupted run has said how it goes on
	start  time.Time
	first  int64
	last   int64
	epochs int64 // 0 for a task without any: it generates samples for ever
	recent train.StepEvent
	loss   float64 // running mean
}

// liveInterval is how long a row of the metrics waits at most before who watches the run sees it.
const liveInterval = 500 * time.Millisecond

func newReporter(e *env, asJSON bool, resume string) *reporter {
	r := &reporter{meter: newMeter(e), resume: resume}
	if asJSON {
		r.json = json.NewEncoder(e.stdout)
	}
	return r
}

func (r *reporter) observe(ev train.Event) {
	if r.json != nil {
		_ = r.json.Encode(ev) // a failure ends the run: guarded
	}
	switch ev := ev.(type) {
	case train.StartEvent:
		r.started(ev)
	case train.NoticeEvent:
		r.meter.line("note: " + ev.Text)
	case train.StepEvent:
		r.step(ev)
	case train.EvalEvent:
		r.meter.line(describeEval(ev))
	case train.EndEvent:
		r.finished(ev)
	}
}

func (r *reporter) started(ev train.StartEvent) {
	r.start, r.first, r.last = time.Now(), ev.FirstStep, ev.LastStep
	if ev.PerEpoch > 0 && !ev.Endless {
		r.epochs = (ev.LastStep + int64(ev.PerEpoch) - 1) / int64(ev.PerEpoch)
	}
	where := ""
	if ev.Ranks > 0 {
		where = fmt.Sprintf("%d ranks, each on ", ev.Ranks)
	}
	r.meter.line(fmt.Sprintf("training %s on %s%s (%s): %d parameters, %.1f MiB of device memory, steps %d … %d",
		ev.Task, where, ev.Device, ev.Executor, ev.Parameters, float64(ev.MemoryBytes)/(1<<20), ev.FirstStep, ev.LastStep))
}

func (r *reporter) step(ev train.StepEvent) {
	if r.recent.Step == 0 {
		r.loss = ev.Loss
	}
	r.recent, r.loss = ev, 0.98*r.loss+0.02*ev.Loss
	if r.json == nil || r.meter.bars != nil {
		r.meter.at(ev.Step-r.first+1, r.last-r.first+1, r.state)
	}
}

// evaluating shows how far an evaluation is.
func (r *reporter) evaluating(split data.Split, done, total int) {
	if r.json == nil || r.meter.bars != nil {
		r.meter.at(max(r.recent.Step-r.first+1, 0), r.last-r.first+1, func() []string {
			return append([]string{fmt.Sprintf("evaluating %v %d %%", split, 100*done/total)}, r.place())
		})
	}
}

// place is where the run is.
func (r *reporter) place() string {
	text := fmt.Sprintf("step %d/%d", r.recent.Step, r.last)
	if r.epochs > 0 {
		text = fmt.Sprintf("epoch %d/%d  %s", r.recent.Epoch+1, r.epochs, text)
	}
	return text
}

// state is the place, loss, time left, accuracy, rate and σ.
func (r *reporter) state() []string {
	done := r.recent.Step - r.first + 1
	parts := []string{r.place(), fmt.Sprintf("loss %.4g", r.loss), timeLeft(r.start, done, r.last-r.first+1)}
	if r.recent.Accuracy > 0 {
		parts = append(parts, fmt.Sprintf("accuracy %.1f %%", 100*r.recent.Accuracy))
	}
	parts = append(parts, fmt.Sprintf("%.1f steps/s", float64(done)/time.Since(r.start).Seconds()))
	if r.recent.SigmaMax > 0 {
		parts = append(parts, fmt.Sprintf("σ %.4f…%.4f", r.recent.SigmaMin, r.recent.SigmaMax))
	}
	return parts
}

func (r *reporter) finished(ev train.EndEvent) {
	r.close()
	if r.saved = ev.Reason == "interrupted"; r.saved {
		r.meter.line(fmt.Sprintf("interrupted after %d steps, %.1f s: saved; go on with `%s`", ev.Steps, ev.Seconds, r.resume))
		return
	}
	submissions := "1 submission"
	if ev.SubmitsPerStep != 1 {
		submissions = fmt.Sprintf("%d submissions", ev.SubmitsPerStep)
	}
	r.meter.line(fmt.Sprintf("%s after %d steps, %.1f s; %s and %d dispatches a step; run folder %s",
		ev.Reason, ev.Steps, ev.Seconds, submissions, ev.DispatchesPerStep, ev.Out))
}

func (r *reporter) close() { r.meter.close() }

func describeEval(ev train.EvalEvent) string {
	split := ev.Split.String()
	if ev.Best {
		split += ", the best state"
	}
	s := fmt.Sprintf("step %d  %s (%d targets, %.1f s): ", ev.Step, split, ev.Samples, ev.Seconds)
	switch {
	case ev.MSE != nil:
		s += fmt.Sprintf("mean squared error %.5g", *ev.MSE)
	default:
		s += fmt.Sprintf("accuracy %.2f %%, cross-entropy %.4g", 100**ev.Accuracy, *ev.CrossEntropy)
	}
	switch ev.Metric {
	case data.Accuracy, data.MSE, data.NatsPerTarget:
	default:
		s += fmt.Sprintf(", %s %.4g", strings.ReplaceAll(string(ev.Metric), "_", " "), ev.Value)
	}
	if ev.Tail != nil {
		s += fmt.Sprintf(", of the last steps %.4g", *ev.Tail)
	}
	if ev.SigmaMax > 0 {
		s += fmt.Sprintf(", σ in [%.6f, %.6f], ‖QᵀQ−I‖/√n %.1e", ev.SigmaMin, ev.SigmaMax, ev.Defect)
	}
	return s
}
