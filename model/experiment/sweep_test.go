package experiment

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

func TestSweepAxis(t *testing.T) {
	for text, want := range map[string]int{"seed=1..5": 5, "seed=3": 1, "lr=1e-3,3e-3": 2, "seed=1..3,7,9..10": 6, "cell=spectral,lstm": 2, "tied=yes,no": 2, "steps=10,20": 2,
		"seed": -1, "seed=": -1, "seed=5..1": -1, "seed=-3": -1, "seed=1..": -1, "seed=1..99999999": -1, "lr=fast": -1, "lr=1..2": 2, "hidden=1.5": -1, "nosuch=1": -1, "columns=a,b": -1, "tied=perhaps": -1, "cell=spectral,": -1} {
		a, err := sweepAxis(text)
		if want < 0 && !errors.Is(err, model.ErrConfig) || want >= 0 && (err != nil || len(a.Values) != want) {
			t.Errorf("%s: %v, %v", text, a, err)
		}
	}
	for what, over := range map[string][]string{"nothing": nil, "a setting twice": {"lr=1", "lr=2"}, "a value twice": {"lr=1,1"}, "one that is given": {"hidden=3"}} {
		if _, err := Sweep("adding", map[string]any{"hidden": int64(4)}, over); !errors.Is(err, model.ErrConfig) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestSweep: every combination, with the task's defaults; stopped and resumed; a run that fails leaves the others alone; what is done is not done again.
func TestSweep(t *testing.T) {
	base := map[string]any{"length": 5, "hidden": 4, "batch": 4, "eval-every": int64(3), "valid-size": 8, "test-size": 8, "steps": int64(6)}
	sweep := func(over ...string) *Experiment {
		e, err := Sweep("adding", base, over)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	dir := t.TempDir()
	o := options(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	stopping := o
	stopping.Jobs, stopping.Log = 1, func(string) { stop() }
	if _, err := sweep("seed=2..3", "reflectors=2,3,99").Run(ctx, stopping); !errors.Is(err, train.ErrInterrupted) {
		t.Fatalf("%v", err)
	}
	var lines []string
	o.Log = func(line string) { lines = append(lines, line) }
	r, err := sweep("seed=2..3", "reflectors=2,3,99").Run(t.Context(), o)
	if err != nil || len(r.Rows) != 6 || len(r.Failed) != 2 || len(lines) != 6 {
		t.Fatalf("%d rows, %d failed, %v: %v", len(r.Rows), len(r.Failed), err, lines)
	}
	for _, row := range r.Rows {
		run := row.Runs[0]
		if strings.HasSuffix(row.Variant.Name, "=99") {
			if run != nil {
				t.Errorf("%s is there", row.Variant.Name)
			}
			continue
		}
		if run == nil || run.Reason != "done" || row.Variant.Labels["seed"] != map[uint64]string{2: "2", 3: "3"}[run.Config.Seed] || run.Config.Model.Seed != run.Config.Seed ||
			run.Config.Optimizer.LR != model.DefaultOptimizer().LR || run.Config.Model.Batch != 4 {
			t.Fatalf("%s: %+v", row.Variant.Name, run)
		}
	}
	if r.Rows[0].Runs[0].Last == r.Rows[3].Runs[0].Last {
		t.Error("the seed makes no difference")
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "seed=2 reflectors=99  failed") || strings.Contains(text.String(), "published") {
		t.Errorf("%v\n%s", err, text.String())
	}
	more, err := sweep("seed=2..4", "reflectors=2,3").Run(t.Context(), o)
	if err != nil || len(more.Rows) != 6 || more.Rows[0].Runs[0].Seconds != r.Rows[0].Runs[0].Seconds {
		t.Errorf("what was done is done again: %v", err)
	}
	defaults, err := Sweep("copy", map[string]any{"length": 3}, []string{"seed=1"})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := defaults.Variants(false)
	if err != nil {
		t.Fatal(err)
	}
	c, task, err := variants[0].Open("", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	if want := train.Default("copy", task.Spec(), train.Config{}); c.Optimizer.Name != want.Optimizer.Name || c.Steps != want.Steps || c.Model.Activation != want.Model.Activation {
		t.Errorf("%+v, want the task's defaults %+v", c, want)
	}
}
