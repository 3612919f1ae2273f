package train

import (
	"path/filepath"
	"reflect"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/tensorboard"
)

// board writes what happens in a run for TensorBoard: a new file in the run's folder each time it goes on. It decides nothing: a failure is told, and
// ends it and not the run.
type board struct {
	w     *tensorboard.Writer
	every int64 // steps of which one is written
}

// boardSteps is about how many steps of a run are written; of longer ones, one in several.
const boardSteps = 10000

// openBoard begins a file, where it is asked for.
func (r *run) openBoard() {
	if !r.opt.TensorBoard {
		return
	}
	w, err := r.opt.events(r.opt.Folder.Dir, r.pos.Step+1)
	if err != nil {
		r.notice("nothing is written for TensorBoard: %v", err)
		return
	}
	params := map[string]any{"task": r.cfg.Task}
	unused := r.cfg.Unused()
	for name, place := range r.cfg.Settings() {
		if v := reflect.ValueOf(place).Elem(); unused[name] == "" && (!v.IsZero() || v.Kind() == reflect.Float64) {
			params[name] = plain(v)
		}
	}
	params["length"] = r.cfg.Model.Length
	w.Start(params)
	r.board = &board{w: w, every: max(1, r.sched.last/boardSteps)}
	r.board.flush(r)
}

// plain is the value without a type of its own, as far as it is a number, a bool or a text.
func plain(v reflect.Value) any {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.Kind() == reflect.String:
		return v.String()
	}
	return v.Interface()
}

// observe writes an event.
func (b *board) observe(r *run, e Event) {
	switch e := e.(type) {
	case StepEvent:
		if e.Step%b.every == 0 || e.Step == 1 {
			b.step(r, e)
		}
	case EvalEvent:
		b.eval(r, e)
		b.flush(r)
	case EndEvent:
		if e.Reason == "done" || e.Reason == "stopped early" || e.Reason == "diverged" {
			b.w.End(e.Reason != "diverged")
		}
		b.flush(r)
	}
}

func (b *board) step(r *run, e StepEvent) {
	all := []tensorboard.Scalar{{Tag: "loss/train", Value: e.Loss}, {Tag: "gradient norm", Value: e.GradNorm}}
	if r.accuracy() {
		all = append(all, tensorboard.Scalar{Tag: "accuracy/train", Value: e.Accuracy})
	}
	if e.SigmaMax != 0 {
		all = append(all, tensorboard.Scalar{Tag: "sigma/min", Value: e.SigmaMin}, tensorboard.Scalar{Tag: "sigma/max", Value: e.SigmaMax})
	}
	b.w.Scalars(e.Step, all...)
}

func (b *board) eval(r *run, e EvalEvent) {
	split := e.Split.String()
	if e.Best {
		split += ", best state"
	}
	var all []tensorboard.Scalar
	if e.MSE != nil {
		all = append(all, tensorboard.Scalar{Tag: "loss/" + split, Value: *e.MSE})
	}
	if e.CrossEntropy != nil {
		all = append(all, tensorboard.Scalar{Tag: "loss/" + split, Value: *e.CrossEntropy})
	}
	if e.Accuracy != nil {
		all = append(all, tensorboard.Scalar{Tag: "accuracy/" + split, Value: *e.Accuracy})
	}
	switch e.Metric {
	case data.Accuracy, data.MSE, data.NatsPerTarget: // they are there
	default:
		all = append(all, tensorboard.Scalar{Tag: string(e.Metric) + "/" + split, Value: e.Value})
	}
	if e.SigmaMax != 0 && !e.Best {
		all = append(all, tensorboard.Scalar{Tag: "orthogonality defect", Value: e.Defect})
		for _, s := range r.net.Spectra() {
			b.w.Histogram(e.Step, "sigma/"+s.Name, s.Sigma)
		}
	}
	b.w.Scalars(e.Step, all...)
}

// flush hands everything to the file, and says the first time that it fails.
func (b *board) flush(r *run) {
	if r.board == nil {
		return
	}
	if err := b.w.Flush(); err != nil {
		r.board = nil
		r.notice("no more is written for TensorBoard: %v", err)
		_ = b.w.Close()
	}
}

// close ends the file.
func (b *board) close() {
	if b != nil {
		_ = b.w.Close() // what it could not write was told
	}
}

// events lists the files for TensorBoard in the folder.
func (f Folder) events() []string {
	all, _ := filepath.Glob(filepath.Join(f.Dir, tensorboard.Pattern)) // whose only error is a bad pattern
	return all
}
