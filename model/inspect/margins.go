package inspect

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Margins are quantiles of the margins f(x)_y − max over k ≠ y of f(x)_k, of the classes' outputs before the softmax.
type Margins struct {
	Split     string
	Samples   int
	Quantiles [7]float64 // at Levels
	Negative  float64    // the share of wrong answers
}

// Levels are those of Margins.Quantiles.
var Levels = [7]float64{0, 0.05, 0.25, 0.5, 0.75, 0.95, 1}

// MeasureMargins runs the network over a split. Errors: model.ErrConfig for a network that is no classifier or a split without samples, model.ErrNotFinite.
func MeasureMargins(ctx context.Context, m *model.Network, task data.Task, split data.Split) (*Margins, error) {
	if m.Config.Output.Loss != data.CrossEntropy {
		return nil, fmt.Errorf("%w: margins are of classes, which this network has not", model.ErrConfig)
	}
	if m.Config.Stream {
		if err := m.ResetStates(false); err != nil {
			return nil, err
		}
	}
	var all []float64
	for i := range task.Spec().Batches(split, m.Config.Batch, m.Config.Length) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, err := task.Fill(split, 0, i, m.EvalBatch()); err != nil {
			return nil, err
		}
		if _, err := m.EvalStep(); err != nil {
			return nil, err
		}
		out, err := m.Outputs()
		if err != nil {
			return nil, err
		}
		width := m.Config.Output.Width
		for row, label := range m.EvalBatch().Labels {
			if label == data.NotCounted {
				continue
			}
			v, err := margin(out[row*width:(row+1)*width], int(label))
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: task %s has no %v split", model.ErrConfig, task.Spec().Name, split)
	}
	slices.Sort(all)
	wrong, _ := slices.BinarySearch(all, 0)
	slices.Reverse(all)
	out := &Margins{Split: split.String(), Samples: len(all), Negative: float64(wrong) / float64(len(all))}
	for i, q := range Levels {
		out.Quantiles[i] = Quantile(all, q)
	}
	return out, nil
}

func margin(outputs []float32, label int) (float64, error) {
	best, have := float32(0), false
	for k, v := range outputs {
		if v-v != 0 {
			return 0, errors.Join(model.ErrNotFinite, fmt.Errorf("output %d is %g", k, v))
		}
		if k != label && (!have || v > best) {
			best, have = v, true
		}
	}
	return float64(outputs[label]) - float64(best), nil
}
