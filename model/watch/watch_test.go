package watch

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// trainSteps trains on adding in a folder, to a step, and calls at after every step.
func trainSteps(t *testing.T, folder train.Folder, steps int64, at func(step int64), o train.Options) {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	c := train.Config{Task: "adding", Seed: 1, Optimizer: model.DefaultOptimizer(), Steps: steps, EvalEvery: 10}
	c.Config.Length, c.Config.TestSize, c.Config.ValidSize = 8, 32, 32
	task, err := c.OpenTask("")
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	c.Model = model.DefaultConfig(task.Spec())
	c.Model.Hidden, c.Model.Reflectors, c.Model.Batch, c.Model.Seed = 6, 3, 8, 1
	c.Optimizer.Horizon = steps
	o.Dev, o.Task, o.Folder, o.Live = dev, task, folder, time.Nanosecond
	o.Observe = func(e train.Event) {
		if s, ok := e.(train.StepEvent); ok && at != nil {
			at(s.Step)
		}
	}
	if _, err := train.Run(context.Background(), c, o); err != nil {
		t.Fatal(err)
	}
}

// settle polls until the background has nothing left to do.
func settle(w *Watcher) {
	for {
		w.Poll()
		if w.looks == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestWatcherFollowsARun(t *testing.T) {
	folder := train.Folder{Dir: t.TempDir()}
	w := New(folder, "")
	defer w.Close()
	w.Poll()
	if b := w.Board(); b.State(time.Now()) != Waiting || b.Config != nil || b.Err != nil {
		t.Fatalf("an empty folder: %+v", b)
	}
	seen := int64(0)
	trainSteps(t, folder, 40, func(step int64) {
		if step%4 != 1 {
			return
		}
		w.took = 0
		w.Poll()
		if b := w.Board(); b.Step != step || b.LastStep != 40 || b.State(time.Now()) != Running {
			t.Errorf("at step %d the board has step %d of %d, %v, %v", step, b.Step, b.LastStep, b.State(time.Now()), b.Err)
		}
		seen = step
	}, train.Options{})
	if seen == 0 {
		t.Fatal("nothing was seen while it trained")
	}
	w.took = 0
	settle(w)
	w.took = 0
	settle(w)
	b := w.Board()
	if b.Step != 40 || b.State(time.Now()) != Done || b.Err != nil {
		t.Errorf("at the end step %d, %v, %v", b.Step, b.State(time.Now()), b.Err)
	}
	if n := b.Loss.Len(); n != 40 || b.GradNorm.Len() != 40 || b.SigmaMax.Len() != 40 || b.EvalLoss.Len() != 4 || b.Accuracy.Len() != 0 {
		t.Errorf("%d losses, %d evaluations", n, b.EvalLoss.Len())
	}
	if b.Saved != 40 || len(b.Spectra) != 1 || len(b.Spectra[0].Sigma) != 6 || !b.Spectra[0].Banded || !b.Spectra[0].Applied {
		t.Errorf("spectra %+v of step %d", b.Spectra, b.Saved)
	}
	last := b.Gradients[len(b.Gradients)-1]
	if last.Step != 40 || last.Last != 8 || len(last.Norms) != 9 || !(last.Norms[4] > 0) || b.NoGrad != "" {
		t.Errorf("gradients %+v, %q", last, b.NoGrad)
	}
	if left, ok := b.Left(); !ok || left != 0 {
		t.Errorf("%v left, %v", left, ok)
	}

	trainSteps(t, folder, 50, nil, train.Options{Resume: true})
	settle(w)
	if b := w.Board(); b.Step != 50 || b.LastStep != 50 || b.Loss.Len() != 50 {
		t.Errorf("resumed: step %d of %d, %d losses", b.Step, b.LastStep, b.Loss.Len())
	}
	trainSteps(t, folder, 20, nil, train.Options{Overwrite: true})
	w.took = 0
	settle(w)
	if b := w.Board(); b.Step != 20 || b.LastStep != 20 || b.Loss.Len() != 20 || b.Saved != 20 || len(b.Gradients) != 1 {
		t.Errorf("overwritten: step %d of %d, %d losses, saved %d", b.Step, b.LastStep, b.Loss.Len(), b.Saved)
	}
}

// TestWatcherSurvives what a folder may hold.
func TestWatcherSurvives(t *testing.T) {
	folder := train.Folder{Dir: t.TempDir()}
	trainSteps(t, folder, 10, nil, train.Options{})
	for _, c := range []struct {
		path, text string
		failing    bool
	}{{folder.Checkpoint(), "not a checkpoint", false}, {folder.Metrics(), "not rows\n", true}, {folder.Config(), "{", true}} {
		if err := os.WriteFile(c.path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		w := New(folder, "")
		settle(w)
		if err := w.Board().Err; (err != nil) != c.failing || err != nil && errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", c.path, err)
		}
		w.Close()
	}
}

func TestSeries(t *testing.T) {
	var s Series
	s.Add(1, math.NaN())
	s.Add(1, math.Inf(1))
	if s.Len() != 0 {
		t.Error("numbers that are not finite were kept")
	}
	const n = 100000
	for i := 1; i <= n; i++ {
		s.Add(int64(i), float64(i%7))
	}
	points := s.Points(nil)
	if len(points) != s.Len() || len(points) > seriesPoints || len(points) < seriesPoints/2 {
		t.Fatalf("%d points", len(points))
	}
	for i, p := range points {
		if p.Lo < 0 || p.Hi > 6 || p.Y < 2.8 || p.Y > 3.2 || i > 0 && p.X <= points[i-1].X {
			t.Fatalf("point %d is %+v", i, p)
		}
	}
	for i, p := range Smooth(points, 20) {
		if math.Abs(p.Y-3) > 0.2 || p.X != points[i].X {
			t.Fatalf("smooth point %d is %+v", i, p)
		}
	}
}

func TestState(t *testing.T) {
	now := time.Now()
	step := func(step int64) train.Row { return train.Row{Step: step, Split: "train"} }
	eval := func(step int64) train.Row { return train.Row{Step: step, Split: "valid"} }
	for _, c := range []struct {
		name string
		b    Board
		rows []train.Row
		want State
	}{
		{"nothing", Board{}, nil, Waiting},
		{"steps", Board{LastStep: 9, Changed: now}, []train.Row{step(1)}, Running},
		{"all steps, no evaluation", Board{LastStep: 1, Changed: now}, []train.Row{step(1)}, Running},
		{"evaluated", Board{LastStep: 1, Changed: now.Add(-time.Hour)}, []train.Row{step(1), eval(1)}, Done},
		{"silent", Board{LastStep: 9, Changed: now.Add(-time.Minute)}, []train.Row{step(1)}, Silent},
		{"slow", Board{LastStep: 9, Changed: now.Add(-time.Minute), Rate: 0.1}, []train.Row{step(1)}, Running},
	} {
		for _, r := range c.rows {
			c.b.row(r)
		}
		if got := c.b.State(now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestWatcherTakesRecordedGradients of a run that keeps them itself: all of them, also for who comes late.
func TestWatcherTakesRecordedGradients(t *testing.T) {
	folder := train.Folder{Dir: t.TempDir()}
	trainSteps(t, folder, 40, nil, train.Options{Gradients: true})
	w := New(folder, "")
	defer w.Close()
	settle(w)
	var steps []int64
	for _, g := range w.Board().Gradients {
		steps = append(steps, g.Step)
		if g.Last != 8 || len(g.Norms) != 9 {
			t.Errorf("%+v", g)
		}
	}
	if want := []int64{0, 10, 20, 30, 40}; !slices.Equal(steps, want) {
		t.Errorf("gradients of steps %d, want %d", steps, want)
	}
}

func TestThinned(t *testing.T) {
	for _, n := range []int{0, 1, maxGradients, maxGradients + 1, maxGradients + 2, 5 * maxGradients} {
		all := make([]Gradient, n)
		for i := range all {
			all[i].Step = int64(i)
		}
		got := thinned(all)
		if len(got) > maxGradients || n <= maxGradients && len(got) != n || n > 0 && got[len(got)-1].Step != int64(n-1) || n > 0 && len(got) < min(n, maxGradients/2) {
			t.Errorf("of %d gradients %d", n, len(got))
		}
	}
}
