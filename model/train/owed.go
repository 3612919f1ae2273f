package train

import (
	"context"
	"errors"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// payOwed does the work that the position owes, and takes it off the position when it is done.
func (r *run) payOwed(ctx context.Context) error {
	if r.pos.Owed.Eval {
		e, err := r.evaluate(ctx, r.sched.split, false)
		if err != nil {
			return err
		}
		if err := r.judge(e); err != nil {
			return err
		}
		r.pos.Owed.Eval = false
		r.pos.Owed.Test = r.sched.split != data.Test && (r.ended() || r.cfg.TestAlways) && r.opt.Task.Spec().TestSize != 0
	}
	if r.pos.Owed.Test {
		if _, err := r.evaluate(ctx, data.Test, false); err != nil {
			return err
		}
		r.pos.Owed.Test, r.pos.Owed.TestBest = false, r.bestIsAnother()
	}
	if r.pos.Owed.TestBest {
		if err := r.testBest(ctx); err != nil {
			return err
		}
		r.pos.Owed.TestBest = false
	}
	return nil
}

// owes returns the work that is due after a step.
func (r *run) owes(step int64) model.Owed {
	return model.Owed{Eval: step == r.sched.last || step%r.sched.eval == 0}
}

// evaluate measures the network on a split; best tells that its state is that of the best evaluation.
func (r *run) evaluate(ctx context.Context, split data.Split, best bool) (EvalEvent, error) {
	var progress []func(done, total int)
	if r.opt.Evaluating != nil {
		progress = append(progress, func(done, total int) { r.opt.Evaluating(split, done, total) })
	}
	if r.stop {
		return EvalEvent{}, ErrInterrupted
	}
	e, err := Evaluate(ctx, r.net, r.opt.Task, split, progress...)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return e, ErrInterrupted
	}
	e.Step, e.Best = r.pos.Step, best
	if best {
		e.Step = r.pos.History.Step
	}
	if errors.Is(err, ErrDiverged) {
		r.observe(e)
		return e, r.diverged(r.pos.Step, "the evaluation's "+strings.Join(notFinite(e), ", "))
	}
	if err != nil {
		return e, err
	}
	if err := r.metrics.eval(e); err != nil {
		return e, err
	}
	r.observe(e)
	return e, nil
}
