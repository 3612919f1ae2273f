package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// reporter shows the events of a run: JSON lines on standard output where asked for; on standard error a bar on a terminal, a line
// every few seconds otherwise.
type reporter struct {
	json   *json.Encoder
	stderr io.Writer
	bars   *mpb.Progress
	bar    *mpb.Bar
	start  time.Time
	shown  time.Time // of the last plain line
	first  int64
	last   int64
	recent train.StepEvent
	loss   float64 // running mean
}

// liveInterval is how long a row of the metrics waits at most before who watches the run sees it.
const liveInterval = 500 * time.Millisecond

// plainInterval is the time between progress lines where standard error is no terminal.
const plainInterval = 5 * time.Second

func newReporter(e *env, asJSON bool) *reporter {
	r := &reporter{stderr: e.stderr}
	if asJSON {
		r.json = json.NewEncoder(e.stdout)
	}
	if f := e.stderr.file(); f != nil && term.IsTerminal(int(f.Fd())) {
		r.bars = mpb.New(mpb.WithOutput(f), mpb.WithRefreshRate(200*time.Millisecond))
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
		r.line("note: " + ev.Text)
	case train.StepEvent:
		r.step(ev)
	case train.EvalEvent:
		r.line(describeEval(ev))
	case train.EndEvent:
		r.finished(ev)
	}
}

func (r *reporter) started(ev train.StartEvent) {
	r.start, r.first, r.last = time.Now(), ev.FirstStep, ev.LastStep
	r.line(fmt.Sprintf("training %s on %s (%s): %d parameters, %.1f MiB of device memory, steps %d … %d",
		ev.Task, ev.Device, ev.Executor, ev.Parameters, float64(ev.MemoryBytes)/(1<<20), ev.FirstStep, ev.LastStep))
	if r.bars != nil && ev.LastStep >= ev.FirstStep {
		r.bar = r.bars.AddBar(ev.LastStep-ev.FirstStep+1, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersNoUnit("step %d/%d")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + r.state() })))
	}
}

func (r *reporter) step(ev train.StepEvent) {
	if r.recent.Step == 0 {
		r.loss = ev.Loss
	}
	r.recent, r.loss = ev, 0.98*r.loss+0.02*ev.Loss
	if r.bar != nil {
		r.bar.Increment()
		return
	}
	if r.json == nil && time.Since(r.shown) >= plainInterval {
		r.shown = time.Now()
		r.line(fmt.Sprintf("step %d/%d  %s", ev.Step, r.last, r.state()))
	}
}

// state is loss, accuracy, σ, rate and time left.
func (r *reporter) state() string {
	done := r.recent.Step - r.first + 1
	if done <= 0 {
		return ""
	}
	elapsed := time.Since(r.start)
	left := time.Duration(float64(elapsed) / float64(done) * float64(r.last-r.recent.Step))
	var b strings.Builder
	fmt.Fprintf(&b, "loss %.4g", r.loss)
	if r.recent.Accuracy > 0 {
		fmt.Fprintf(&b, "  accuracy %.1f %%", 100*r.recent.Accuracy)
	}
	if r.recent.SigmaMax > 0 {
		fmt.Fprintf(&b, "  σ %.4f…%.4f", r.recent.SigmaMin, r.recent.SigmaMax)
	}
	fmt.Fprintf(&b, "  %.1f steps/s  %v left", float64(done)/elapsed.Seconds(), left.Round(time.Second))
	return b.String()
}

func (r *reporter) finished(ev train.EndEvent) {
	r.close()
	fmt.Fprintf(r.stderr, "%s after %d steps, %.1f s; %d submission and %d dispatches a step; run folder %s\n",
		ev.Reason, ev.Steps, ev.Seconds, ev.SubmitsPerStep, ev.DispatchesPerStep, ev.Out)
}

// line prints a line above the bar.
func (r *reporter) line(s string) {
	if r.bars != nil && r.bar != nil {
		fmt.Fprintln(r.bars, s)
		return
	}
	fmt.Fprintln(r.stderr, s)
}

func (r *reporter) close() {
	if r.bar != nil {
		r.bar.Abort(true)
		r.bars.Wait()
		r.bar = nil
	}
}

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
