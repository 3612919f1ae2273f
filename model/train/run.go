package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/chart"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
	"github.com/spectral-gpu/spectral-gpu/model/tensorboard"
)

var (
	// ErrInterrupted means that the context ended the run; its state was saved.
	ErrInterrupted = errors.New("interrupted")
	// ErrDiverged means that a number was not finite; the last checkpoint before it is in place.
	ErrDiverged = errors.New("diverged")
	// ErrDiskFull means that there was no room for the run's files; the last checkpoint is in place.
	ErrDiskFull = errors.New("the disk is full")
)

// Options of Run beyond the Config.
type Options struct {
	Dev       *gpu.Device
	Task      data.Task
	Folder    Folder
	Resume    bool              // go on with the run in the folder: from its checkpoint, or from its start where there is none yet
	Overwrite bool              // replace the run in the folder
	Init      *model.Checkpoint // parameters to begin a new run with, of a network with the same layers; nil draws them
	Observe   func(Event)       // may be nil
	Probe     Probe             // may be nil
	// Evaluating, which may be nil, is told of how many batches of an evaluation are done.
	Evaluating func(split data.Split, done, total int)
	Live       time.Duration // who watches metrics.csv sees its rows at least so often; 0: when a checkpoint is written, or a buffer is full
	Gradients  bool          // record ‖dL/dh_t‖ at the start and at every evaluation, each at the price of about two steps; see Folder.ReadGradients
	// TensorBoard writes event files for TensorBoard into the folder, one each time the run goes on. A failure of them is told and ends them alone.
	TensorBoard bool
	// Ranks are those that train together, this process or goroutine being one of them; nil for a run of its own. Every one calls Run with the same Config;
	// rank 0 has the Folder, and Resume, Overwrite and Init matter on it alone.
	Ranks *ranks.Group
	Start time.Time // when the program began, for EndEvent.FirstStepSeconds; zero for the call of Run

	files  atomicfile.FS                                                  // of tests; nil is the real one
	events func(dir string, firstStep int64) (*tensorboard.Writer, error) // the same; nil is tensorboard.Create

	picture func([]chart.Chart) func(io.Writer) error // the same; nil draws it
}

// Probe looks at the network at the start of a run and after every evaluation, and leaves it as it is. After a resume it may see a position again.
type Probe func(net *model.Network, at model.Position) error

// Run trains as c says and keeps the folder up to date: metrics at every step, checkpoints as often as c says, at its beginning and
// at its end, a picture at the end. Whenever the process ends, Resume goes on from the last checkpoint, and what is then in the
// folder is what would be there if nothing had happened, byte for byte. It returns ErrInterrupted when ctx ends, after saving,
// ErrDiverged at the first number that is not finite, and ErrDiskFull; the last checkpoint is in place then.
func Run(ctx context.Context, c Config, o Options) (EndEvent, error) {
	if err := c.Check(); err != nil {
		return EndEvent{}, err
	}
	if o.Dev == nil || o.Task == nil {
		return EndEvent{}, fmt.Errorf("%w: device %v and task %v in the options of a run; open both before", model.ErrConfig, o.Dev, o.Task)
	}
	if o.files == nil {
		o.files = atomicfile.OS{}
	}
	if o.events == nil {
		o.events = tensorboard.Create
	}
	if o.picture == nil {
		o.picture = picture
	}
	r := &run{cfg: c, opt: o, start: time.Now()}
	if r.opt.Start.IsZero() {
		r.opt.Start = r.start
	}
	if err := r.failed(r.open()); err != nil {
		return EndEvent{}, explainFull(err, errors.Join(err, r.close()))
	}
	r.session = newSession(o.Dev.Info(), r.pos.Step+1, r.sched.last)
	if r.keeps() {
		r.opt.Folder.note(r.session)
		r.openBoard()
	}
	err := r.failed(r.loop(ctx))
	err = r.failed(joined(err, r.finish(err)))
	end := r.end(err)
	r.observe(end)
	err = joined(err, r.close())
	if r.keeps() {
		r.opt.Folder.note(r.session.ended(end, err))
	}
	return end, explainFull(err, err)
}

// joined returns the first error, with the second where both are.
func joined(first, second error) error {
	if first == nil || second == nil {
		return errors.Join(first, second)
	}
	return fmt.Errorf("%w (and: %w)", first, second)
}

// explainFull adds to err what to do about a full disk.
func explainFull(cause, err error) error {
	if !atomicfile.IsFull(cause) {
		return err
	}
	return fmt.Errorf("%w: %w; make room and go on with --resume", ErrDiskFull, err)
}

type run struct {
	cfg     Config
	opt     Options
	lock    *atomicfile.FileLock
	net     *model.Network
	ahead   *ahead // batches of training
	sched   schedule
	pos     model.Position
	metrics *metrics
	start   time.Time
	first   time.Duration  // from Options.Start to the end of the first step
	saved   model.Position // of the checkpoint in the folder
	broken  bool           // a save has failed
	board   *board         // for TensorBoard; nil where nothing is written
	session Session        // this one
	stop    bool           // a rank has voted to stop
}

func (r *run) observe(e Event) {
	if r.board != nil {
		r.board.observe(r, e)
	}
	if r.opt.Observe != nil {
		r.opt.Observe(e)
	}
}

func (r *run) notice(format string, args ...any) {
	r.observe(NoticeEvent{Event: "notice", Text: fmt.Sprintf(format, args...)})
}

// close lets go of what open has taken, as far as it came.
func (r *run) close() error {
	r.board.close()
	err := r.metrics.close()
	if r.net != nil {
		r.net.Close()
	}
	if r.lock != nil {
		err = errors.Join(err, r.lock.Unlock())
	}
	return err
}

// loop does what is owed and due at each position, and the steps between.
func (r *run) loop(ctx context.Context) error {
	if r.keeps() {
		r.metrics.live = r.opt.Live
	}
	now, _ := r.opt.Dev.Bytes()
	info := r.opt.Dev.Info()
	several := 0
	if !r.opt.Ranks.Alone() {
		several = r.opt.Ranks.Size()
	}
	r.observe(StartEvent{Event: "start", Ranks: several, Task: r.cfg.Task, Device: info.Name, Executor: info.Executor, Parameters: r.net.Params().Count(),
		MemoryBytes: now, FirstStep: r.pos.Step + 1, LastStep: r.sched.last, PerEpoch: r.sched.perEpoch, Version: model.Version(), Endless: r.opt.Task.Spec().TrainSize == data.Endless})
	for _, note := range r.opt.Task.Spec().Notes {
		r.notice("%s", note)
	}
	for {
		look := r.pos.Owed != model.Owed{} || r.pos.Step == 0
		if err := r.payOwed(ctx); err != nil {
			return err
		}
		if look {
			if err := r.look(); err != nil {
				return err
			}
		}
		if r.ended() {
			return nil
		}
		if r.pos.Step%r.sched.save == 0 {
			if err := r.save(); err != nil {
				return err
			}
		}
		if r.stopping(ctx.Err() != nil) {
			return ErrInterrupted
		}
		r.net.Vote = ctx.Err() != nil
		if err := r.step(); err != nil {
			return err
		}
	}
}

// look measures what is asked for at a position whose work is done.
func (r *run) look() error {
	if r.opt.Gradients {
		if err := r.recordGradients(); err != nil {
			return err
		}
	}
	if r.opt.Probe != nil {
		return r.opt.Probe(r.net, r.pos)
	}
	return nil
}

// ended tells whether there are no more steps to do.
func (r *run) ended() bool { return r.pos.Step >= r.sched.last || r.patienceIsOver() }

// patienceIsOver tells whether so many evaluations in a row were no better that the run stops early.
func (r *run) patienceIsOver() bool {
	return r.cfg.Patience > 0 && r.pos.History.Stale >= r.cfg.Patience
}

// save writes a checkpoint if there is none of this position: first the rows that it will know of.
func (r *run) save() (err error) {
	if r.saved == r.pos {
		return nil
	}
	defer func() { r.broken = r.broken || err != nil }()
	if err := r.net.CheckSame(); err != nil {
		return err
	}
	mark, err := r.metrics.sync()
	if err != nil {
		return err
	}
	err = r.opt.Folder.snapshot(r.opt.files, r.net, r.pos, r.cfg, r.opt.Task.Spec().Encoding, mark)
	if errors.Is(err, model.ErrNotFinite) {
		return r.diverged(r.pos.Step, err.Error())
	}
	if err != nil {
		return err
	}
	r.saved = r.pos
	return nil
}

// finish saves the state and draws the curves, however the loop ended, unless there is no state worth saving: a lost device has none,
// numbers that are not finite are none, and a disk that has failed once keeps what is on it.
func (r *run) finish(loopErr error) error {
	if r.together(loopErr) && !errors.Is(loopErr, gpu.ErrDeviceLost) && !errors.Is(loopErr, ErrDiverged) && !r.broken {
		if err := r.save(); err != nil {
			return err
		}
	}
	if !r.keeps() {
		return nil
	}
	if _, err := r.metrics.sync(); err != nil {
		return ifNew(loopErr, err)
	}
	return r.opt.Folder.drawCurves(r.opt.files, r.cfg, r.opt.picture)
}

// ifNew returns err unless it is what ended the run already.
func ifNew(loopErr, err error) error {
	if errors.Is(loopErr, err) {
		return nil
	}
	return err
}

func (r *run) end(err error) EndEvent {
	info := r.opt.Dev.Info()
	done := r.net.StepStats()
	e := EndEvent{Event: "end", Device: info.Name, Executor: info.Executor, Steps: r.pos.Step, Seconds: time.Since(r.start).Seconds(), FirstStepSeconds: r.first.Seconds(),
		SubmitsPerStep: done.Submits, DispatchesPerStep: done.Dispatches, Parameters: r.net.Params().Count(),
		Reason: "failed", Out: r.opt.Folder.Dir}
	switch {
	case err == nil && r.pos.Step < r.sched.last:
		e.Reason = "stopped early"
	case err == nil:
		e.Reason = "done"
	case errors.Is(err, ErrDiverged):
		e.Reason = "diverged"
	case errors.Is(err, ErrInterrupted) && !r.broken:
		e.Reason = "interrupted"
	}
	return e
}
