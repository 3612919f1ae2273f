package train

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// TestNumbersThatAreNotFinite: whatever overflows first, the run ends with ErrDiverged, the step and the place, and the checkpoint in
// the folder is the last good one.
func TestNumbersThatAreNotFinite(t *testing.T) {
	big := func(split data.Split, target float32) func(data.Split, int, data.Batch) {
		seen := 0
		return func(s data.Split, _ int, b data.Batch) {
			if s != split {
				return
			}
			if seen++; s == data.Train && seen < 5 { // four good steps, with a checkpoint after the third
				return
			}
			for i := range b.Targets {
				b.Targets[i] = target
			}
		}
	}
	sgd := func(c *Config) { c.Optimizer.Name, c.Optimizer.Clip, c.Optimizer.Warmup = "sgd", 0, 0 }
	adam := func(c *Config) { c.Optimizer.Clip, c.Optimizer.Warmup = 0, 0 }
	for name, c := range map[string]struct {
		change func(*Config)
		filled func(data.Split, int, data.Batch)
		step   string
		place  string
		saved  int64
	}{
		"loss":                  {adam, big(data.Train, float32(math.Inf(1))), "at step 5", "loss, grad_norm, the gradient of layers.0.U (row 0, column 0: NaN)", 3},
		"loss, gradient finite": {adam, big(data.Train, 1e20), "at step 5", "loss, optim.v.", 3},
		"second moment":         {adam, big(data.Train, 1.6e19), "at step 5", "not finite: optim.v.", 3},
		"a step later":          {sgd, big(data.Train, 1.6e19), "at step 6", "loss, grad_norm, the gradient of ", 3},
		"update":                {func(c *Config) { sgd(c); c.Optimizer.LR = 1000 }, func(data.Split, int, data.Batch) {}, "at step 3", "loss, layers.0.U (row 0, column 0: NaN)", 0},
		"evaluation, NaN":       {adam, big(data.Valid, float32(math.NaN())), "at step 4", "the evaluation's mse", 3},
		"evaluation, infinite":  {adam, big(data.Valid, 3e38), "at step 4", "the evaluation's mse", 3},
		"every step, fed by none": {func(c *Config) {
			sgd(c)
			c.Model.Cell, c.Model.Activation, c.Optimizer.LR = "rnn", "identity", 1000
		}, func(data.Split, int, data.Batch) {}, "at step 3", "the gradient of layers.0.W", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newTinyRun(t)
			r.cfg.Steps = 60
			c.change(&r.cfg)
			dir := t.TempDir()
			var last Event
			end, err := Run(context.Background(), r.cfg, Options{Dev: r.dev, Task: hooked{r.task, c.filled}, Folder: Folder{Dir: dir}, Observe: func(e Event) {
				if _, ok := e.(EndEvent); !ok {
					last = e
				}
			}})
			if !errors.Is(err, ErrDiverged) || end.Reason != "diverged" || !strings.Contains(err.Error(), c.step) || !strings.Contains(err.Error(), c.place) {
				t.Fatalf("%v (%s), want ErrDiverged %s in %q", err, end.Reason, c.step, c.place)
			}
			t.Log(err)
			ck, err := model.Load(Folder{Dir: dir}.Checkpoint())
			if err != nil || ck.Position.Step != c.saved {
				t.Errorf("checkpoint: %+v, %v; want that of step %d", ck, err, c.saved)
			}
			checkJSON(t, last)
		})
	}
}

// checkJSON: the event that ends a run is JSON, with null for what is not finite.
func checkJSON(t *testing.T, e Event) {
	t.Helper()
	text, err := json.Marshal(e)
	var fields map[string]any
	if err != nil || json.Unmarshal(text, &fields) != nil {
		t.Fatalf("%s, %v", text, err)
	}
	for _, name := range notFinite(e) {
		if v, ok := fields[name]; !ok || v != nil {
			t.Errorf("%s is %v in %s, want null", name, v, text)
		}
		if list, _ := fields["not_finite"].([]any); len(list) == 0 {
			t.Errorf("%s does not say what is not finite", text)
		}
	}
}

// TestEventsAreTheJSONTheyWere: the encoding of finite events is that of their struct.
func TestEventsAreTheJSONTheyWere(t *testing.T) {
	v := 0.25
	type step StepEvent
	type eval EvalEvent
	s := StepEvent{Event: "step", Step: 3, Loss: 0.5, SigmaMin: 1e-9, StepSeconds: 1e21}
	e := EvalEvent{Event: "eval", Step: 3, Split: data.Test, Samples: 7, MSE: &v, Defect: 3e-7}
	for _, c := range [][2]any{{s, step(s)}, {e, eval(e)}} {
		got, err1 := json.Marshal(c[0])
		want, err2 := json.Marshal(c[1])
		if err1 != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s, %v\nwant %s, %v", got, err1, want, err2)
		}
	}
	s.Loss, s.GradNorm = math.NaN(), math.Inf(-1)
	text, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(text), `"loss":null`) || !strings.Contains(string(text), `"not_finite":["loss","grad_norm"]}`) {
		t.Errorf("%s, %v", text, err)
	}
}
