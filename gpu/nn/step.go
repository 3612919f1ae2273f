package nn

import "github.com/spectral-gpu/spectral-gpu/gpu"

// Stats is what one step of training or evaluation tells.
type Stats struct {
	LossSum  float64 // sum of the losses of the targets that count
	Correct  float64 // of those, how many were right
	GradNorm float64 // global norm before clipping; 0 in evaluation
	Finite   bool    // every gradient is finite; in evaluation, the sum of the losses is
}

// TrainStep runs one step of training on the batch in n.Train, of which counted targets count. step counts from 1. When a gradient is not
// finite, Stats.Finite is false and the parameters are as they were before. counted is of the whole batch where it is shared. It does not allocate.
func (n *Network) TrainStep(step int64, rate float64, counted int) (Stats, error) {
	if n.Train == nil {
		return Stats{}, shapeError("training step", "the network was made without a Loss or a Rule")
	}
	if step < 1 || !finite(rate) {
		return Stats{}, settingError("training step", "step %d at a rate of %g; steps count from 1, and the rate is a finite number", step, rate)
	}
	n.cfg.Rule.Hyper(Host(n.hyper), step, rate)
	Host(n.scale)[0] = 1 / float32(max(counted, 1))
	gpu.AsInts(Host(n.clock))[0] = int32(step)
	n.stale = true
	s, err := n.runStep()
	if err != nil {
		return Stats{}, err
	}
	out := Host(n.norm)
	s.GradNorm, s.Finite = float64(out[0]), out[1] == 1
	return s, nil
}

// runStep runs the programs of a step.
func (n *Network) runStep() (Stats, error) {
	if n.cfg.Shared != nil {
		return n.sharedStep()
	}
	if err := n.Train.prog.Run(); err != nil {
		return Stats{}, err
	}
	return n.Train.stats(), nil
}

// StepStats counts what a training step does, in all its programs.
func (n *Network) StepStats() (s gpu.Stats) {
	for _, p := range n.programs() {
		if p.step {
			q := (*p.at).Stats()
			s = gpu.Stats{Submits: s.Submits + q.Submits, Dispatches: s.Dispatches + q.Dispatches, Copies: s.Copies + q.Copies, Barriers: s.Barriers + q.Barriers}
		}
	}
	return s
}

// EvalStep runs the network forward on the batch in n.Eval. It does not allocate.
func (n *Network) EvalStep() (Stats, error) {
	if n.Eval == nil {
		return Stats{}, shapeError("evaluation", "the network was made without a Loss")
	}
	if err := n.Prepare(); err != nil {
		return Stats{}, err
	}
	if err := n.Eval.prog.Run(); err != nil {
		return Stats{}, err
	}
	s := n.Eval.stats()
	s.Finite = finite(s.LossSum)
	return s, nil
}
