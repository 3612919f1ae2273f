package train

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// EndlessEpoch is the number of steps that count as an epoch for the learning rate where a task generates samples without end.
const EndlessEpoch = 500

// Config is everything that decides a run.
type Config struct {
	Task        string          `json:"task"`
	data.Config                 // what is read of the data; Dir and Seed are not part of it
	Seed        uint64          `json:"seed"`
	InitFrom    string          `json:"init_from,omitempty"` // whose parameters the run begins with (Options.Init); "" for fresh ones
	Model       model.Config    `json:"model"`
	Optimizer   model.Optimizer `json:"optimizer"`
	Steps       int64           `json:"steps,omitempty"`       // stop after that many steps, or
	Epochs      int             `json:"epochs,omitempty"`      // after that many passes over the training split
	Patience    int             `json:"patience,omitempty"`    // stop when that many evaluations on the validation split in a row were no better; 0 never
	EvalEvery   int64           `json:"eval_every,omitempty"`  // steps between evaluations; 0 evaluates after every epoch
	TestAlways  bool            `json:"test_always,omitempty"` // measure the test split at every evaluation as well; nothing is decided by it
	SaveEvery   int64           `json:"save_every,omitempty"`  // steps between checkpoints; 0 saves at every evaluation
}

// OpenTask opens the task that the settings name, reading data from dir.
func (c Config) OpenTask(dir string) (data.Task, error) {
	d := c.Config
	d.Dir, d.Seed = dir, c.Seed
	return data.Open(c.Task, d)
}

// Check tells what is wrong with the settings; its error is model.ErrConfig.
func (c Config) Check() error {
	if (c.Steps > 0) == (c.Epochs > 0) || c.Steps < 0 || c.Epochs < 0 {
		return fmt.Errorf("%w: %d steps and %d epochs; give one of them, at least 1", model.ErrConfig, c.Steps, c.Epochs)
	}
	if c.Patience < 0 {
		return fmt.Errorf("%w: a patience of %d evaluations; want 0 or more", model.ErrConfig, c.Patience)
	}
	if c.EvalEvery < 0 || c.SaveEvery < 0 {
		return fmt.Errorf("%w: evaluation every %d and checkpoint every %d steps; want 0 or more", model.ErrConfig, c.EvalEvery, c.SaveEvery)
	}
	if err := c.Model.Check(); err != nil {
		return err
	}
	if cell, err := model.FindCell(c.Model.Cell); err == nil && cell.Residual && c.Model.Layers < model.LeastResidual {
		return fmt.Errorf("%w: %d layers of the cell %s, which has a map and then blocks of two layers: give --layers %d for one block, %d for two, …", model.ErrConfig, c.Model.Layers,
			cell.Name, model.LeastResidual, model.LeastResidual+2)
	}
	return c.Optimizer.Check()
}

// checkWhere tells where an answer is asked of a step for which the task has none. Where a sequence has one, the last state may give it or the
// mean of all.
func (c Config) checkWhere(spec data.Spec) error {
	asked, has := c.Model.Output.Where, spec.Output.Where
	if (asked == data.EveryStep) == (has == data.EveryStep) {
		return nil
	}
	can := data.EveryStep.String() + " alone"
	if has != data.EveryStep {
		can = data.LastStep.String() + " or " + data.MeanOverSteps.String()
	}
	return fmt.Errorf("%w: where %v; task %s has answers for %s", model.ErrConfig, asked, c.Task, can)
}

// LastStep returns the step at which a run with these settings ends unless its patience is over before. Errors: model.ErrConfig.
func (c Config) LastStep(spec data.Spec) (int64, error) {
	s, err := newSchedule(c, spec)
	return s.last, err
}

// schedule turns lengths in epochs and steps into steps.
type schedule struct {
	split    data.Split // that is evaluated during training: validation where there is one, else test
	perEpoch int        // steps of an epoch
	last     int64      // the step at which training ends
	eval     int64      // steps between evaluations
	save     int64      // steps between checkpoints
}

func newSchedule(c Config, spec data.Spec) (schedule, error) {
	if err := c.checkWhere(spec); err != nil {
		return schedule{}, err
	}
	s := schedule{perEpoch: spec.Batches(data.Train, c.Model.Batch, c.Model.Length)}
	if s.split = data.Valid; spec.ValidSize == 0 {
		s.split = data.Test
	}
	if spec.ValidSize == 0 && spec.TestSize == 0 {
		return s, fmt.Errorf("%w: task %s has neither validation nor test samples to evaluate on; give it some with --shares or --valid-size", model.ErrConfig, c.Task)
	}
	if s.split == data.Test && (c.Patience > 0 || c.Optimizer.Schedule == model.Plateau) {
		return s, fmt.Errorf("%w: stopping early and the schedule %s look at the validation split, which task %s has not; give it one with --valid-size",
			model.ErrConfig, model.Plateau, c.Task)
	}
	if s.perEpoch == data.Endless {
		s.perEpoch = EndlessEpoch
	}
	if s.perEpoch == 0 {
		return s, fmt.Errorf("%w: task %s has no training samples", model.ErrConfig, c.Task)
	}
	s.last = c.Steps
	if c.Epochs > 0 {
		if int64(c.Epochs) > math.MaxInt64/int64(s.perEpoch) {
			return s, fmt.Errorf("%w: %d epochs", model.ErrConfig, c.Epochs)
		}
		s.last = int64(c.Epochs) * int64(s.perEpoch)
	}
	s.eval = c.EvalEvery
	if s.eval == 0 {
		s.eval = int64(s.perEpoch)
	}
	s.save = c.SaveEvery
	if s.save == 0 {
		s.save = s.eval
	}
	return s, nil
}
