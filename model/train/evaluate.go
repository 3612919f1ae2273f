package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Evaluate measures the network on every sample of a split, and tells progress how many batches are done. The batch of evaluation in the network's memory is
// overwritten. It ends with the error of ctx, or with ErrInterrupted where another rank's has ended; a result that is not finite comes with ErrDiverged.
func Evaluate(ctx context.Context, m *model.Network, task data.Task, split data.Split, progress ...func(done, total int)) (EvalEvent, error) {
	start := time.Now()
	e := EvalEvent{Event: "eval", Split: split}
	if m == nil || task == nil {
		return e, fmt.Errorf("%w: an evaluation of network %v on task %v; open both before", model.ErrConfig, m, task)
	}
	spec := task.Spec()
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
	fill := aheadOf(m, task, split)
	for i := range batches {
		if m.Vote = ctx.Err() != nil; m.Vote && !m.Shares() {
			return e, ctx.Err()
		}
		for _, tell := range progress {
			tell(i, batches)
		}
		counted, err := fill.take(place{0, i}, m.EvalBatch())
		if err != nil {
			return e, err
		}
		inTail := 0 // of the whole batch, whose memory is filled anew while the network computes
		if spec.Output.Tail > 0 {
			inTail = countedIn(fill.given(m.EvalBatch()), spec.Output.Tail)
		}
		var s model.Stats
		if err := fill.during(place{0, i + 1}, i+1 < batches, func() (err error) {
			s, err = m.EvalStep()
			return err
		}); err != nil {
			return e, err
		}
		if s.Vote {
			return e, ErrInterrupted
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
			tailed += inTail
		}
		e.SigmaMin, e.SigmaMax = s.SigmaMin, s.SigmaMax
	}
	e.SigmaQuantiles = quantiles(m.Spectra())
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

// sigmaLevels are those of EvalEvent.SigmaQuantiles.
var sigmaLevels = [...]float64{0.05, 0.25, 0.5, 0.75, 0.95}

// quantiles returns those of all singular values together; none where one is not finite, which other numbers tell.
func quantiles(spectra []model.Spectrum) (out []float64) {
	var all []float64
	for _, s := range spectra {
		for _, v := range s.Sigma {
			all = append(all, float64(v))
		}
	}
	slices.Sort(all) // NaN comes first
	if len(all) == 0 || math.IsNaN(all[0]) || math.IsInf(all[0], 0) || math.IsInf(all[len(all)-1], 0) {
		return nil
	}
	for _, q := range sigmaLevels {
		at := q * float64(len(all)-1)
		i := int(at)
		j := min(i+1, len(all)-1)
		out = append(out, all[i]+(at-float64(i))*(all[j]-all[i]))
	}
	return out
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
