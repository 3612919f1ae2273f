package train

import (
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// step trains on one batch and moves the position on.
func (r *run) step() error {
	start := time.Now()
	if r.pos.Index == 0 && r.cfg.Model.Stream {
		if err := r.net.ResetStates(true); err != nil {
			return err
		}
	}
	s, counted, err := r.compute()
	if err != nil {
		return err
	}
	r.stop = s.Vote
	step := r.pos.Step + 1
	if r.first == 0 {
		r.first = time.Since(r.opt.Start)
	}
	e := StepEvent{Event: "step", Step: step, Epoch: r.pos.Epoch, Loss: s.LossSum / float64(counted), SigmaMin: s.SigmaMin, SigmaMax: s.SigmaMax,
		GradNorm: s.GradNorm, StepSeconds: time.Since(start).Seconds()}
	if r.cfg.Model.Output.Loss == data.CrossEntropy {
		e.Accuracy = s.Correct / float64(counted)
	}
	if err := r.checkStep(e, s.Finite); err != nil {
		return err
	}
	next := r.following()
	r.pos.Step, r.pos.Owed, r.pos.Epoch, r.pos.Index = step, r.owes(step), next.epoch, next.index
	if err := r.metrics.step(e); err != nil {
		return err
	}
	r.observe(e)
	return nil
}

// compute trains on the batch of the position, while the one after it is filled; counted of its targets count.
func (r *run) compute() (s model.Stats, counted int, err error) {
	counted, err = r.ahead.take(place{r.pos.Epoch, r.pos.Index}, r.net.Batch())
	if err != nil {
		return s, counted, err
	}
	err = r.ahead.during(r.following(), r.pos.Step+1 < r.sched.last, func() (err error) {
		s, err = r.net.TrainStep(r.pos, counted)
		return err
	})
	return s, counted, err
}

// following is the place of the batch after that of the position.
func (r *run) following() place {
	if r.pos.Index+1 == r.sched.perEpoch {
		return place{r.pos.Epoch + 1, 0}
	}
	return place{r.pos.Epoch, r.pos.Index + 1}
}
