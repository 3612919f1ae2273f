package train

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Evaluate measures the network on every sample of a split. The batch of evaluation in the network's memory is overwritten. A result that is not
// finite comes with ErrDiverged.
func Evaluate(ctx context.Context, m *model.Network, task data.Task, split data.Split) (EvalEvent, error) {
	start := time.Now()
	spec := task.Spec()
	e := EvalEvent{Event: "eval", Split: split}
	batches := spec.Batches(split, m.Config.Batch, m.Config.Length)
	if batches <= 0 {
		return e, fmt.Errorf("%w: task %s has no %v split to evaluate on", model.ErrConfig, spec.Name, split)
	}
	if spec.Stream {
		if err := m.ResetStates(false); err != nil {
			return e, err
		}
	}
	var loss, correct, tail float64
	tailed := 0
	fill := newAhead(task, split, m.Config.Batch, m.Config.Length)
	for i := range batches {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		counted, err := fill.take(place{0, i}, m.EvalBatch())
		if err != nil {
			return e, err
		}
		var s model.Stats
		if err := fill.during(place{0, i + 1}, i+1 < batches, func() (err error) {
			s, err = m.EvalStep()
			return err
		}); err != nil {
			return e, err
		}
		loss += s.LossSum
		correct += s.Correct
		e.Samples += counted
		if spec.Output.Tail > 0 {
			sum, _, err := m.TailSum(spec.Output.Tail)
			if err != nil {
				return e, err
			}
			tail += sum
			tailed += countedIn(m.EvalBatch(), spec.Output.Tail)
		}
		e.SigmaMin, e.SigmaMax = s.SigmaMin, s.SigmaMax
	}
	loss /= float64(e.Samples)
	if spec.Output.Loss == data.CrossEntropy {
		accuracy := correct / float64(e.Samples)
		e.Accuracy, e.CrossEntropy = &accuracy, &loss
	} else {
		e.MSE = &loss
	}
	e.Metric, e.Value = spec.Metric, spec.Metric.Of(loss, correct/float64(e.Samples))
	if tailed > 0 {
		tail /= float64(tailed)
		e.Tail = &tail
	}
	var err error
	e.Defect, err = m.Defect()
	e.Seconds = time.Since(start).Seconds()
	if names := notFinite(e); err == nil && names != nil {
		err = fmt.Errorf("%w: not finite in the evaluation on %v: %s", ErrDiverged, split, strings.Join(names, ", "))
	}
	return e, err
}

// countedIn returns how many targets of the last steps count.
func countedIn(b data.Batch, steps int) int {
	n := 0
	for _, l := range b.Labels[len(b.Labels)-steps*b.Size:] {
		if l != data.NotCounted {
			n++
		}
	}
	return n
}
