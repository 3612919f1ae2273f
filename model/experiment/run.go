package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Options of Run.
type Options struct {
	Dir   string // the experiment's folder; runs are in Dir/VARIANT/seed-N
	Data  string // data directory; "" is the default one
	Quick bool   // the short form
	Seeds int    // 0 takes as many as the file says
	Jobs  int    // runs beside each other, at least 1
	Only  Match  // what is trained now; of other variants there is what is done already

	TensorBoard bool // write event files beside the runs

	Open func() (*gpu.Device, error) // opens the device of a worker
	Log  func(line string)           // may be nil; one call at a time
}

// job is a run to be done.
type job struct {
	place
	seed   uint64
	needed bool // another run goes on from it: it is done whether it was asked for or not
}

// Run trains every variant with every seed, leaves out what is done already, and returns the numbers. Runs that diverge are results; any other failure
// stops all runs after saving, as the end of ctx does. Errors: those of train.Run.
func (e *Experiment) Run(ctx context.Context, o Options) (*Report, error) {
	variants, err := e.Variants(o.Quick)
	if err != nil {
		return nil, err
	}
	seeds := e.Seeds
	if o.Quick {
		seeds = max(e.Quick.Seeds, 1)
	}
	if o.Seeds > 0 {
		seeds = o.Seeds
	}
	if e.sweep {
		seeds = 1
	}
	if err := o.Only.selects(e, variants); err != nil {
		return nil, err
	}
	report := &Report{Experiment: e, Quick: o.Quick, Dir: o.Dir, Rows: make([]Outcome, len(variants))}
	w := &workers{e: e, o: o, report: report, jobs: make(chan job), locks: map[place]*sync.Mutex{}}
	for i, v := range variants {
		report.Rows[i] = Outcome{Variant: v, Runs: make([]*Result, seeds)}
		for k := range seeds {
			w.locks[place{i, k}] = new(sync.Mutex)
		}
	}
	return report, w.run(ctx, seeds)
}

// workers share the jobs of an experiment.
type workers struct {
	e      *Experiment
	o      Options
	report *Report
	jobs   chan job
	locks  map[place]*sync.Mutex // whoever holds a run's lock does it

	mu  sync.Mutex // of err, and of Options.Log
	err error
}

// place is where a run stands in the report.
type place struct {
	variant, index int
}

func (w *workers) run(ctx context.Context, seeds int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	for range max(w.o.Jobs, 1) {
		group.Go(func() {
			if err := w.work(ctx); err != nil {
				w.fail(err)
				stop()
			}
		})
	}
	// The first seed of every variant comes first: there is a table of all of them as soon as possible.
	for seed := range seeds {
		for v := range w.report.Rows {
			select {
			case w.jobs <- job{place{v, seed}, w.report.Rows[v].Variant.seed(seed), false}:
			case <-ctx.Done():
			}
		}
	}
	close(w.jobs)
	group.Wait()
	if w.err == nil && ctx.Err() != nil {
		w.err = train.ErrInterrupted
	}
	return w.err
}

// fail keeps the first failure; what it interrupts elsewhere is no other.
func (w *workers) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil || errors.Is(w.err, train.ErrInterrupted) {
		w.err = err
	}
}

func (w *workers) log(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.o.Log != nil {
		w.o.Log(fmt.Sprintf(format, args...))
	}
}

// work does jobs on a device of its own.
func (w *workers) work(ctx context.Context) (err error) {
	var dev *gpu.Device
	defer func() {
		if dev != nil {
			err = errors.Join(err, dev.Close())
		}
	}()
	for j := range w.jobs {
		if ctx.Err() != nil {
			return nil
		}
		if dev == nil {
			if dev, err = w.o.Open(); err != nil {
				return err
			}
		}
		name := w.report.Rows[j.variant].Variant.Name
		_, err := w.do(ctx, dev, j)
		if err != nil && w.e.sweep && goesOn(err) {
			w.failed(name, err)
			if errors.Is(err, gpu.ErrDeviceLost) { // the next run gets another
				_ = dev.Close()
				dev = nil
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%s, seed %d: %w", name, j.seed, err)
		}
	}
	return nil
}

// do puts the result of a run into the report, once; nil is one that was left out.
func (w *workers) do(ctx context.Context, dev *gpu.Device, j job) (*Result, error) {
	lock := w.locks[j.place]
	lock.Lock()
	defer lock.Unlock()
	row := &w.report.Rows[j.variant]
	if done := row.Runs[j.index]; done != nil {
		return done, nil
	}
	r, err := w.one(ctx, dev, row.Variant, j)
	if err != nil || r == nil {
		return nil, err
	}
	row.Runs[j.index] = r
	w.log("%s", r.line(row.Variant.Name))
	return r, nil
}

// goesOn tells whether a failure is one run's alone: a full disk and an interruption are everybody's.
func goesOn(err error) bool {
	return !errors.Is(err, train.ErrInterrupted) && !errors.Is(err, train.ErrDiskFull) && !errors.Is(err, context.Canceled)
}

// failed takes note of a run that failed.
func (w *workers) failed(name string, err error) {
	w.mu.Lock()
	w.report.Failed = append(w.report.Failed, Failure{name, err})
	w.mu.Unlock()
	w.log("%s: failed: %v", name, err)
}

// Note is what is kept of a run beside its own files.
type Note struct {
	Config     train.Config `json:"config"`
	Reason     string       `json:"reason"` // as in train.EndEvent; diverged and done are final
	Device     string       `json:"device"`
	Seconds    float64      `json:"seconds"` // of training and evaluation, all sessions that ended by themselves or were interrupted
	Parameters int          `json:"parameters"`
	Before     Effort       `json:"before,omitzero"` // of the runs before that this one goes on from
}

// Effort is what training took.
type Effort struct {
	Steps   int64   `json:"steps"`
	Seconds float64 `json:"seconds"`
}

func (n Note) final() bool {
	return n.Reason == "done" || n.Reason == "stopped early" || n.Reason == "diverged"
}

// one does a run, or finds it done; nil is a run that is not done and not asked for.
func (w *workers) one(ctx context.Context, dev *gpu.Device, v Variant, j job) (*Result, error) {
	folder := train.Folder{Dir: w.e.folder(w.o.Dir, v, j.seed)}
	notePath := filepath.Join(folder.Dir, "result.json")
	note, err := readNote(notePath)
	if err != nil || !note.final() && !j.needed && !v.matches(w.o.Only) {
		return nil, err
	}
	c, task, err := v.Open(w.o.Data, j.seed)
	if err != nil {
		return nil, err
	}
	defer task.Close()
	if v.from != "" {
		c.InitFrom = w.e.folder("", w.report.Rows[w.row(v.from)].Variant, j.seed)
	}
	if note.final() {
		if !reflect.DeepEqual(note.Config, c) {
			return nil, fmt.Errorf("%w: %s holds a run with other settings than the experiment has now; take another --out, or remove the folder", model.ErrConfig, folder.Dir)
		}
		return readResult(folder, note, j.seed, task.Spec())
	}
	o := train.Options{Dev: dev, Task: task, Folder: folder, Resume: exists(folder.Config()), Gradients: w.e.Gradients, TensorBoard: w.o.TensorBoard}
	if v.from != "" {
		if o.Init, note.Before, err = w.origin(ctx, dev, v, j); err != nil || o.Init == nil {
			return nil, err
		}
	}
	end, err := train.Run(ctx, c, o)
	note = Note{Config: c, Reason: end.Reason, Device: end.Device, Seconds: note.Seconds + end.Seconds, Parameters: end.Parameters, Before: note.Before}
	if err == nil || errors.Is(err, train.ErrDiverged) || errors.Is(err, train.ErrInterrupted) {
		content, jerr := json.MarshalIndent(note, "", "  ")
		if jerr == nil {
			jerr = atomicfile.Write(atomicfile.OS{}, notePath, atomicfile.Bytes(content), nil)
		}
		if jerr != nil {
			return nil, jerr
		}
	}
	if err != nil && !errors.Is(err, train.ErrDiverged) {
		return nil, err
	}
	return readResult(folder, note, j.seed, task.Spec())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readNote(path string) (n Note, err error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return n, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &n)
	}
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", model.ErrCheckpoint, path, err)
	}
	return n, err
}
