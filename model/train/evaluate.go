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
	var loss, correct float64
	for i := range batches {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		counted, err := task.Fill(split, 0, i, m.EvalBatch())
		if err != nil {
			return e, err
		}
		s, err := m.EvalStep()
		if err != nil {
			return e, err
		}
		loss += s.LossSum
		correct += s.Correct
		e.Samples += counted
		e.SigmaMin, e.SigmaMax = s.SigmaMin, s.SigmaMax
	}
	loss /= float64(e.Samples)
	if spec.Output.Loss == data.CrossEntropy {
		accuracy := correct / float64(e.Samples)
		e.Accuracy, e.CrossEntropy = &accuracy, &loss
	} else {
		e.MSE = &loss
	}
	var err error
	e.Defect, err = m.Defect()
	e.Seconds = time.Since(start).Seconds()
	if names := notFinite(e); err == nil && names != nil {
		err = fmt.Errorf("%w: not finite in the evaluation on %v: %s", ErrDiverged, split, strings.Join(names, ", "))
	}
	return e, err
}
