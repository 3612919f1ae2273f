package watch

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/inspect"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Sequences is over how many sequences of the first training batch gradients through time are taken.
const Sequences = 8

// Watcher follows a run folder. It serves one goroutine at a time.
type Watcher struct {
	folder train.Folder
	data   string
	board  *Board
	rows   *train.Follower
	marks  []mark // of the last time, for the rate
	config os.FileInfo

	saved   os.FileInfo   // of the checkpoint that was looked at last
	looks   chan look     // what came out of the look that is under way; nil where none is
	started time.Time     // of the last look
	took    time.Duration // of the last look
}

// mark is how far the run was at a time.
type mark struct {
	at   time.Time
	step int64
}

// window is over what time the rate is taken.
const window = 30 * time.Second

// New returns a Watcher of a run folder, which need not exist yet. Gradients through time need the task's data, of the data directory dir ("":
// the usual one); where it is not to be had, there are none, and Board.NoGrad says why.
func New(folder train.Folder, dir string) *Watcher {
	w := &Watcher{folder: folder, data: dir}
	w.reset()
	return w
}

func (w *Watcher) reset() {
	w.board = &Board{Dir: w.folder.Dir, Saved: -1}
	w.rows, w.marks, w.config, w.saved = w.folder.Follow(), nil, nil, nil
}

// Board returns what is known. It changes with the next Poll.
func (w *Watcher) Board() *Board { return w.board }

// Poll looks for what is new. It never waits for the run, and computes nothing that takes long: that goes on in the background. Who is done with
// the watcher calls Close.
func (w *Watcher) Poll() {
	err := errors.Join(w.readConfig(), w.readRows(time.Now()))
	w.lookAtCheckpoint()
	w.board.Err = err
}

// Close waits for what goes on in the background.
func (w *Watcher) Close() {
	if w.looks != nil {
		<-w.looks
		w.looks = nil
	}
}

// readConfig reads the settings when they are new. Another file of settings is another run, or one that goes on.
func (w *Watcher) readConfig() error {
	info, err := os.Stat(w.folder.Config())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || w.config != nil && os.SameFile(info, w.config) && info.ModTime().Equal(w.config.ModTime()) {
		return err
	}
	c, err := w.folder.ReadConfig()
	if err != nil {
		return err
	}
	w.config, w.board.Config = info, &c
	w.board.LastStep = c.Steps
	if c.Epochs > 0 {
		w.board.LastStep = w.lastStep(c)
	}
	return nil
}

// lastStep asks the task how long its epochs are, 0 where its data is not to be had: the rows tell later.
func (w *Watcher) lastStep(c train.Config) int64 {
	task, err := c.OpenTask(w.data)
	if err != nil {
		return 0
	}
	defer task.Close()
	last, err := c.LastStep(task.Spec())
	if err != nil {
		return 0
	}
	return last
}

// readRows takes the new rows.
func (w *Watcher) readRows(now time.Time) error {
	before := w.board.Step
	err := w.rows.Next(func() {
		old := w.board
		w.board = &Board{Dir: old.Dir, Config: old.Config, LastStep: old.LastStep, Saved: -1}
		w.marks, w.saved = nil, nil
	}, func(r train.Row) { w.board.row(r) })
	if info, serr := os.Stat(w.folder.Metrics()); serr == nil && (w.board.Step > 0 || len(w.board.Evals) > 0) {
		w.board.Changed = info.ModTime()
	}
	if w.rows.Behind() || w.board.Step == before && len(w.marks) > 0 { // what was there already tells nothing of the rate
		return err
	}
	w.marks = append(w.marks, mark{now, w.board.Step})
	for len(w.marks) > 2 && now.Sub(w.marks[1].at) > window {
		w.marks = w.marks[1:]
	}
	if first := w.marks[0]; now.After(first.at) && w.board.Step > first.step {
		w.board.Rate = float64(w.board.Step-first.step) / now.Sub(first.at).Seconds()
	}
	return err
}

// look is what a checkpoint showed.
type look struct {
	board    *Board // for which it was
	step     int64
	spectra  []Spectrum
	gradient []float64
	recorded []Gradient // by the run itself, instead
	noGrad   string
	err      error
}

// lookAtCheckpoint takes what the last look at a checkpoint showed, and begins one at a new checkpoint: not more often than leaves three quarters
// of a processor alone.
func (w *Watcher) lookAtCheckpoint() {
	select {
	case l := <-w.looks:
		w.looks, w.took = nil, time.Since(w.started)
		w.take(l)
	default:
	}
	info, err := os.Stat(w.folder.Checkpoint())
	if err != nil || w.looks != nil || w.board.Config == nil || time.Since(w.started) < 4*w.took {
		return
	}
	if w.saved != nil && os.SameFile(info, w.saved) && info.ModTime().Equal(w.saved.ModTime()) {
		return
	}
	w.saved, w.started = info, time.Now()
	w.looks = make(chan look, 1)
	go func(out chan<- look, board *Board, cfg train.Config) {
		l := w.inspect(cfg)
		l.board = board
		out <- l
	}(w.looks, w.board, *w.board.Config)
}

func (w *Watcher) take(l look) {
	b := w.board
	if l.board != b || l.err != nil { // of a run that was replaced, or while it was
		return
	}
	b.Spectra, b.Saved, b.NoGrad = l.spectra, l.step, l.noGrad
	if l.recorded != nil {
		b.Gradients = thinned(l.recorded)
		return
	}
	if len(l.gradient) == 0 {
		return
	}
	if n := len(b.Gradients); n > 0 && b.Gradients[n-1].Step >= l.step {
		return
	}
	b.Gradients = thinned(append(b.Gradients, newGradient(l.step, l.gradient)))
}

// thinned leaves every second out while there are more than maxGradients, but never the last.
func thinned(all []Gradient) []Gradient {
	for n := len(all); n > maxGradients; n = len(all) {
		for i := range n / 2 {
			all[i] = all[n%2+2*i+1]
		}
		all = all[:n/2]
	}
	return all
}

// inspect reads the checkpoint and computes what it shows, on a processor of its own.
func (w *Watcher) inspect(cfg train.Config) look {
	ck, err := model.Load(w.folder.Checkpoint())
	if err != nil {
		return look{err: err}
	}
	l := look{step: ck.Position.Step}
	weights, err := inspect.Weights(ck)
	if err != nil {
		return look{err: err}
	}
	for _, v := range weights {
		if !v.Factored && !v.Recurrent {
			continue
		}
		lo, hi := ck.Config.Center-ck.Config.Radius, ck.Config.Center+ck.Config.Radius
		l.spectra = append(l.spectra, Spectrum{Name: v.Name, Sigma: v.Sigma, Banded: v.Factored, Lo: lo, Hi: hi, Applied: v.Recurrent})
	}
	if rows, err := w.folder.ReadGradients(); err == nil && len(rows) > 0 {
		for _, r := range rows {
			l.recorded = append(l.recorded, newGradient(r.Step, r.Norms))
		}
		return l
	}
	if l.gradient, err = w.gradient(ck, cfg); err != nil {
		l.noGrad = err.Error()
	} else if len(l.gradient) == 0 {
		l.noGrad = "the network has no time"
	}
	return l
}

func (w *Watcher) gradient(ck *model.Checkpoint, cfg train.Config) (norms []float64, err error) {
	task, err := cfg.OpenTask(w.data)
	if err != nil {
		return nil, err
	}
	defer func(t data.Task) { t.Close() }(task)
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1, Tuning: gpu.TuningOff})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	all, err := ck.GradientNorms(dev, task, Sequences)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}
