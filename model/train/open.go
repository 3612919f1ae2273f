package train

import (
	"cmp"
	"fmt"
	"os"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// open checks everything before it changes anything: the folder is as it was where the settings, the state in it or the device's
// memory do not allow the run.
func (r *run) open() (err error) {
	if r.sched, err = newSchedule(r.cfg, r.opt.Task.Spec()); err != nil {
		return err
	}
	r.cfg.Optimizer.Horizon = r.sched.last
	if err := model.CheckShared(r.cfg.Model, r.opt.Ranks); err != nil {
		return err
	}
	if err := r.agree(); err != nil {
		return err
	}
	if !r.keeps() {
		return r.openWith()
	}
	if r.opt.Resume && r.opt.Overwrite {
		return fmt.Errorf("%w: a run is resumed or overwritten, not both", model.ErrConfig)
	}
	if r.lock, err = r.opt.Folder.claim(r.opt.files); err != nil {
		return err
	}
	old, err := r.readOld()
	if err != nil {
		return err
	}
	if err := r.build(); err != nil {
		return err
	}
	if old == nil || old.Checkpoint == nil {
		if err := r.initialise(); err != nil {
			return err
		}
		if err := r.tellStart(); err != nil {
			return err
		}
		return r.begin()
	}
	return r.goOn(old)
}

// build makes the network, and what fills its batches.
func (r *run) build() (err error) {
	if r.net, err = model.NewShared(r.opt.Dev, r.cfg.Model, r.cfg.Optimizer, r.opt.Ranks); err == nil {
		r.ahead = aheadOf(r.net, r.opt.Task, data.Train)
	}
	return err
}

// initialise takes the parameters that a new run begins with from a checkpoint, if it does.
func (r *run) initialise() error {
	if r.opt.Init == nil {
		if r.cfg.InitFrom != "" {
			return fmt.Errorf("%w: the run was to begin with the parameters of %s, and has no checkpoint yet; start it anew, with --overwrite in place of --resume",
				model.ErrConfig, r.cfg.InitFrom)
		}
		return nil
	}
	newHead, err := r.opt.Init.Start(r.net)
	if newHead {
		r.notice("the read-out of %s has other outputs: this one begins anew", cmp.Or(r.cfg.InitFrom, "the checkpoint"))
	}
	return err
}

// readOld returns what is in the folder, nil for nothing that matters.
func (r *run) readOld() (*State, error) {
	f := r.opt.Folder
	if !r.opt.Resume {
		if f.holdsRun() && !r.opt.Overwrite {
			return nil, fmt.Errorf("%w: %s holds a run already; go on with --resume, replace it with --overwrite, or name another --out", model.ErrConfig, f.Dir)
		}
		return nil, nil
	}
	old, err := f.read(r.opt.files)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	if err := sameRun(f.Config(), old.Config, "what is asked for", r.cfg); err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	for _, w := range old.Warnings {
		r.notice("%s", w)
	}
	if old.Checkpoint == nil {
		r.notice("%s has no checkpoint yet: the run starts from its settings", f.Dir)
		return old, nil
	}
	if err := cmp.Or(old.checkPosition(f, r.sched), old.checkEncoding(f, r.opt.Task.Spec().Encoding)); err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	return old, nil
}

// accuracy tells whether the task has one.
func (r *run) accuracy() bool { return r.cfg.Model.Output.Loss == data.CrossEntropy }

// begin starts a run at step 0, whose state is saved at once: there is a good checkpoint from then on.
func (r *run) begin() (err error) {
	f, files := r.opt.Folder, r.opt.files
	if err := f.sweep(files); err != nil {
		return err
	}
	if r.opt.Overwrite {
		if err := f.clear(files); err != nil {
			return err
		}
		_ = os.Remove(f.Sessions()) // of which nothing depends
	}
	if err := f.writeConfig(files, r.cfg); err != nil {
		return err
	}
	if r.metrics, err = newMetrics(files, f.Metrics(), r.accuracy()); err != nil {
		return err
	}
	r.saved.Step = -1
	return r.save()
}

// goOn takes the state of a checkpoint.
func (r *run) goOn(old *State) error {
	f, files := r.opt.Folder, r.opt.files
	sum, size, err := old.rows(f, files)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if err := old.Checkpoint.Restore(r.net); err != nil {
		return err
	}
	r.pos, r.saved = old.Checkpoint.Position, old.Checkpoint.Position
	r.explainRate(old.Checkpoint.Optimizer)
	if err := f.sweep(files); err != nil {
		return err
	}
	if err := f.writeConfig(files, r.cfg); err != nil {
		return err
	}
	if r.metrics, err = appendMetrics(files, f.Metrics(), sum, size, r.accuracy()); err != nil {
		return err
	}
	return r.tell(goesOn, &old.Checkpoint.Snapshot)
}

// explainRate says what another length of the run does to the learning rate.
func (r *run) explainRate(was model.Optimizer) {
	is := r.cfg.Optimizer
	if is.Schedule != model.Cosine || was.Horizon == is.Horizon || r.pos.Step == r.sched.last {
		return
	}
	next := r.pos.Step + 1
	r.notice("the run has %d steps instead of %d, and its learning rate falls along a cosine: at step %d it is %.3g (it was to be %.3g), and it falls to 0 at step %d",
		is.Horizon, was.Horizon, next, is.Rate(r.pos), was.Rate(r.pos), is.Horizon)
}
