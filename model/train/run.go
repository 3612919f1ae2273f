package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

var (
	// ErrInterrupted means that the context ended the run; its state was saved.
	ErrInterrupted = errors.New("interrupted")
	// ErrDiverged means that a loss or gradient was not finite; the state before that step was saved.
	ErrDiverged = errors.New("diverged")
)

// Options of Run beyond the Config.
type Options struct {
	Dev     *gpu.Device
	Task    data.Task
	Folder  Folder
	Resume  bool        // go on from the folder's checkpoint
	Observe func(Event) // may be nil
	Start   time.Time   // when the program began, for EndEvent.FirstStepSeconds; zero for the call of Run
}

// Run trains as c says and keeps the folder up to date: metrics at every step, a checkpoint and a picture at every evaluation and
// at the end. It returns ErrInterrupted when ctx ends and ErrDiverged at the first number that is not finite, both after saving.
func Run(ctx context.Context, c Config, o Options) (EndEvent, error) {
	if err := c.Check(); err != nil {
		return EndEvent{}, err
	}
	r := &run{cfg: c, opt: o, start: time.Now()}
	if r.opt.Start.IsZero() {
		r.opt.Start = r.start
	}
	if err := r.open(); err != nil {
		return EndEvent{}, err
	}
	defer r.close()
	err := r.loop(ctx)
	if saveErr := r.finish(err); saveErr != nil {
		err = errors.Join(err, saveErr)
	}
	end := r.end(err)
	r.observe(end)
	return end, err
}

type run struct {
	cfg     Config
	opt     Options
	net     *model.Network
	sched   schedule
	pos     model.Position
	metrics *metrics
	start   time.Time
	first   time.Duration // from Options.Start to the end of the first step
	saved   int64         // step of the last checkpoint, −1 none
}

func (r *run) observe(e Event) {
	if r.opt.Observe != nil {
		r.opt.Observe(e)
	}
}

func (r *run) open() (err error) {
	if r.sched, err = newSchedule(r.cfg, r.opt.Task.Spec()); err != nil {
		return err
	}
	r.cfg.Optimizer.Horizon = r.sched.last
	r.saved = -1
	var ck *model.Checkpoint
	if r.opt.Resume {
		if ck, err = model.Load(r.opt.Folder.Checkpoint()); err != nil {
			return fmt.Errorf("resume: %w", err)
		}
		if ck.Config != r.cfg.Model {
			return fmt.Errorf("resume: %w: the checkpoint is of another network: %+v, want %+v", model.ErrConfig, ck.Config, r.cfg.Model)
		}
		r.pos, r.saved = ck.Position, ck.Position.Step
	}
	if r.net, err = model.New(r.opt.Dev, r.cfg.Model, r.cfg.Optimizer); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			r.net.Close()
		}
	}()
	if ck != nil {
		if err = ck.Restore(r.net); err != nil {
			return err
		}
	}
	if err = r.opt.Folder.start(r.cfg); err != nil {
		return err
	}
	r.metrics, err = openMetrics(r.opt.Folder.Metrics(), r.pos.Step, r.cfg.Model.Kind == data.CrossEntropy)
	return err
}

func (r *run) close() {
	r.metrics.close()
	r.net.Close()
}

func (r *run) loop(ctx context.Context) error {
	now, _ := r.opt.Dev.Bytes()
	info := r.opt.Dev.Info()
	r.observe(StartEvent{Event: "start", Task: r.cfg.Task, Device: info.Name, Executor: info.Executor, Parameters: r.net.Params().Count(),
		MemoryBytes: now, FirstStep: r.pos.Step + 1, LastStep: r.sched.last, PerEpoch: r.sched.perEpoch})
	for r.pos.Step < r.sched.last {
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		if err := r.step(); err != nil {
			return err
		}
		last := r.pos.Step == r.sched.last
		if last || r.pos.Step%r.sched.eval == 0 {
			if err := r.evaluate(ctx); err != nil {
				return err
			}
		}
		if !last && r.pos.Step%r.sched.save == 0 {
			if err := r.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// step trains on one batch and moves the position on.
func (r *run) step() error {
	start := time.Now()
	counted, err := r.opt.Task.Fill(data.Train, r.pos.Epoch, r.pos.Index, r.net.Batch())
	if err != nil {
		return err
	}
	step := r.pos.Step + 1
	s, err := r.net.TrainStep(step, r.pos.Epoch)
	if err != nil {
		return err
	}
	if r.first == 0 {
		r.first = time.Since(r.opt.Start)
	}
	if !s.Finite {
		return r.diverged(step, s)
	}
	e := StepEvent{Event: "step", Step: step, Epoch: r.pos.Epoch, Loss: s.LossSum / float64(counted), SigmaMin: s.SigmaMin, SigmaMax: s.SigmaMax,
		GradNorm: s.GradNorm, StepSeconds: time.Since(start).Seconds()}
	if r.cfg.Model.Kind == data.CrossEntropy {
		e.Accuracy = s.Correct / float64(counted)
	}
	r.pos.Step = step
	if r.pos.Index++; r.pos.Index == r.sched.perEpoch {
		r.pos.Index, r.pos.Epoch = 0, r.pos.Epoch+1
	}
	if err := r.metrics.step(e); err != nil {
		return err
	}
	r.observe(e)
	return nil
}

func (r *run) diverged(step int64, s model.Stats) error {
	where, err := r.net.FirstNonFinite()
	if err != nil {
		return errors.Join(ErrDiverged, err)
	}
	if where == "" {
		where = fmt.Sprintf("loss %g", s.LossSum)
	}
	return fmt.Errorf("%w at step %d in %s; the state before that step is in %s; try a smaller --lr or --clip",
		ErrDiverged, step, where, r.opt.Folder.Checkpoint())
}

func (r *run) evaluate(ctx context.Context) error {
	e, err := Evaluate(ctx, r.net, r.opt.Task, data.Test)
	if err != nil {
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		return err
	}
	e.Step = r.pos.Step
	if err := r.metrics.eval(e); err != nil {
		return err
	}
	r.observe(e)
	return nil
}

func (r *run) save() error {
	if r.saved == r.pos.Step {
		return nil
	}
	if err := r.metrics.flush(); err != nil {
		return err
	}
	if err := model.Save(r.opt.Folder.Checkpoint(), r.net, r.pos); err != nil {
		return err
	}
	r.saved = r.pos.Step
	return nil
}

// finish saves the state and draws the curves, however the loop ended; a lost device has nothing left to save.
func (r *run) finish(loopErr error) error {
	if errors.Is(loopErr, gpu.ErrDeviceLost) {
		return r.metrics.flush()
	}
	if err := r.save(); err != nil {
		return err
	}
	return DrawCurves(r.opt.Folder.Metrics(), r.opt.Folder.Curves())
}

func (r *run) end(err error) EndEvent {
	info := r.opt.Dev.Info()
	prog, _ := r.net.Programs()
	e := EndEvent{Event: "end", Device: info.Name, Executor: info.Executor, Steps: r.pos.Step, Seconds: time.Since(r.start).Seconds(), FirstStepSeconds: r.first.Seconds(),
		SubmitsPerStep: prog.Stats().Submits, DispatchesPerStep: prog.Stats().Dispatches, Parameters: r.net.Params().Count(),
		Reason: "failed", Out: r.opt.Folder.Dir}
	switch {
	case err == nil:
		e.Reason = "done"
	case errors.Is(err, ErrInterrupted):
		e.Reason = "interrupted"
	case errors.Is(err, ErrDiverged):
		e.Reason = "diverged"
	}
	return e
}
