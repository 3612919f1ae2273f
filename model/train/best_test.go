package train

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// spoilt is a tiny run whose validation gets worse after its second evaluation: targets of that split are moved away.
func spoilt(t *testing.T, change func(*Config)) (dir string, events []EvalEvent, end EndEvent) {
	t.Helper()
	r := newTinyRun(t)
	r.cfg.Steps, r.cfg.EvalEvery = 24, 4
	change(&r.cfg)
	dir = t.TempDir()
	evaluations := 0
	task := hooked{r.task, func(s data.Split, index int, b data.Batch) {
		if s != data.Valid {
			return
		}
		if index == 0 {
			evaluations++
		}
		for i := range b.Targets {
			b.Targets[i] += float32(math.Abs(float64(evaluations - 2)))
		}
	}}
	end, err := Run(context.Background(), r.cfg, Options{Dev: r.dev, Task: task, Folder: Folder{Dir: dir}, Observe: func(e Event) {
		if e, ok := e.(EvalEvent); ok {
			events = append(events, e)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return dir, events, end
}

// TestBestState: the state with the best validation is kept, and tested at the end beside the last one.
func TestBestState(t *testing.T) {
	dir, events, _ := spoilt(t, func(*Config) {})
	best, err := model.Load(Folder{Dir: dir}.Best())
	if err != nil || best.Position.Step != 8 || best.Position.History.Step != 8 {
		t.Fatalf("best.safetensors is of %+v, %v; want step 8", best.Position, err)
	}
	last, err := model.Load(Folder{Dir: dir}.Checkpoint())
	if err != nil || last.Position.Step != 24 || last.Position.History.Stale != 4 {
		t.Fatalf("the last state is of %+v, %v", last.Position, err)
	}
	n := len(events)
	if n != 8 || events[n-2].Split != data.Test || events[n-2].Best || events[n-2].Step != 24 || events[n-1].Split != data.Test || !events[n-1].Best || events[n-1].Step != 8 {
		t.Fatalf("evaluations %+v; want six on validation, then a test of the last state and one of the best", events)
	}
	if events[n-1].Value == events[n-2].Value {
		t.Error("both tests have the same value")
	}
}

func TestPatience(t *testing.T) {
	dir, events, end := spoilt(t, func(c *Config) { c.Patience = 2 })
	if end.Steps != 16 || end.Reason != "stopped early" || len(events) != 6 {
		t.Errorf("%d steps, %q, %d evaluations; want 16 after two evaluations that were no better, and two tests", end.Steps, end.Reason, len(events))
	}
	r := newTinyRun(t)
	r.cfg.Steps, r.cfg.EvalEvery, r.cfg.Patience = 24, 4, 2
	if again, err := Run(context.Background(), r.cfg, Options{Dev: r.dev, Task: r.task, Folder: Folder{Dir: dir}, Resume: true}); err != nil || again.Steps != 16 {
		t.Errorf("resumed: %d steps, %v; want none", again.Steps, err)
	}
}

func TestPlateau(t *testing.T) {
	dir, _, _ := spoilt(t, func(c *Config) {
		c.Optimizer.Schedule, c.Optimizer.LRDecay, c.Optimizer.Plateau = model.Plateau, 0.5, 2
	})
	ck, err := model.Load(Folder{Dir: dir}.Checkpoint())
	if err != nil || ck.Position.History.Drops != 2 {
		t.Fatalf("%+v, %v; want two drops in four evaluations that were no better", ck.Position.History, err)
	}
	if got, want := ck.Optimizer.Rate(ck.Position), ck.Optimizer.LR/4; math.Abs(got-want) > 1e-12 {
		t.Errorf("the rate is %g, want %g", got, want)
	}
}

// TestNoValidation: what looks at a validation split is refused where there is none.
func TestNoValidation(t *testing.T) {
	spec := data.Spec{Name: "x", Length: 1, Input: data.Values(1), Output: data.Output{Width: 1}, TrainSize: 10, TestSize: 5, Metric: data.Accuracy}
	for name, change := range map[string]func(*Config){
		"patience": func(c *Config) { c.Patience = 1 }, "plateau": func(c *Config) { c.Optimizer.Schedule = model.Plateau },
	} {
		c := Default("x", spec, Config{})
		change(&c)
		if _, err := newSchedule(c, spec); err == nil || !strings.Contains(err.Error(), "--valid-size") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestInterruptedBetweenTests: what is owed is done once, whatever comes between the test of the last state and that of the best.
func TestInterruptedBetweenTests(t *testing.T) {
	want, _, _ := spoilt(t, func(*Config) {})
	r := newTinyRun(t)
	r.cfg.Steps, r.cfg.EvalEvery = 24, 4
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	evaluations := 0
	task := hooked{r.task, func(s data.Split, index int, b data.Batch) {
		if s == data.Valid && index == 0 {
			evaluations++
		}
		for i := range b.Targets {
			if s == data.Valid {
				b.Targets[i] += float32(math.Abs(float64(evaluations - 2)))
			}
		}
	}}
	_, err := Run(ctx, r.cfg, Options{Dev: r.dev, Task: task, Folder: Folder{Dir: dir}, Observe: func(e Event) {
		if e, ok := e.(EvalEvent); ok && e.Split == data.Test {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	ck, err := model.Load(Folder{Dir: dir}.Checkpoint())
	if err != nil || !ck.Position.Owed.TestBest || ck.Position.Owed.Test {
		t.Fatalf("%+v, %v; want a position that owes the test of the best state alone", ck.Position, err)
	}
	if err := r.do(dir, Options{Resume: true}); err != nil {
		t.Fatal(err)
	}
	if d := difference(folderOf(t, want), folderOf(t, dir)); d != "" {
		t.Error(d)
	}
}
