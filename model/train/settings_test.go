package train

import (
	"errors"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

func TestSet(t *testing.T) {
	var c Config
	for name, value := range map[string]any{"hidden": int64(7), "r": int64(1), "lr": 0.5, "seed": int64(3), "tied": true, "form": "low-rank",
		"targets": []any{"a", "b"}, "shares": "0.5,0.25,0.25", "eval-every": int64(9), "where": "mean-over-steps"} {
		if err := c.Set(name, value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.Model.Hidden != 7 || c.Model.Radius != 1 || c.Optimizer.LR != 0.5 || c.Seed != 3 || !c.Model.Tied || c.Model.Form != model.FormLowRank ||
		len(c.Targets) != 2 || c.Targets[1] != "b" || c.Shares != (data.Shares{Train: 0.5, Valid: 0.25, Test: 0.25}) || c.EvalEvery != 9 || c.Model.Output.Where != data.MeanOverSteps {
		t.Errorf("%+v", c)
	}
	for _, bad := range []struct {
		name  string
		value any
	}{
		{"hiden", int64(7)}, {"hidden", 7.0}, {"hidden", "7"}, {"seed", int64(-1)}, {"lr", "1"}, {"tied", int64(1)}, {"tied", "true"}, {"cell", int64(1)},
		{"targets", "a"}, {"targets", []any{int64(1)}}, {"shares", "0.5,0.5"}, {"shares", 0.5}, {"lr", nil}, {"where", "mean"}, {"where", int64(1)},
	} {
		before := c.Model
		if err := c.Set(bad.name, bad.value); !errors.Is(err, model.ErrConfig) {
			t.Errorf("%s = %v: %v", bad.name, bad.value, err)
		}
		if c.Model != before {
			t.Errorf("%s = %v changed the settings", bad.name, bad.value)
		}
	}
}

// TestWhere: a sequence that has one answer may be asked of its last state or of the mean of all, and one that has an answer at every step
// there alone.
func TestWhere(t *testing.T) {
	for _, c := range []struct {
		asked, has data.Where
		want       bool
	}{
		{data.LastStep, data.LastStep, true}, {data.MeanOverSteps, data.LastStep, true}, {data.LastStep, data.MeanOverSteps, true},
		{data.EveryStep, data.EveryStep, true}, {data.EveryStep, data.LastStep, false}, {data.LastStep, data.EveryStep, false}, {data.MeanOverSteps, data.EveryStep, false},
	} {
		spec := data.Spec{Name: "t", Length: 3, TrainSize: 4, ValidSize: 4, Output: data.Output{Where: c.has}}
		cfg := Config{Task: "t", Steps: 3, Model: model.DefaultConfig(spec)}
		cfg.Model.Output.Where = c.asked
		if _, err := cfg.LastStep(spec); (err == nil) != c.want || err != nil && !errors.Is(err, model.ErrConfig) {
			t.Errorf("%v where the task has %v: %v", c.asked, c.has, err)
		}
	}
}
