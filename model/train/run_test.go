package train_test

import (
	"context"
	"encoding/csv"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

func onDevices(t *testing.T, f func(t *testing.T, dev *gpu.Device)) {
	for _, name := range []string{"cpu", "vulkan"} {
		t.Run(name, func(t *testing.T) {
			dev, err := gpu.Open(name, gpu.Options{})
			if err != nil {
				if name == "vulkan" && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" {
					t.Skip("no Vulkan device:", err)
				}
				t.Fatal(err)
			}
			defer func() {
				if err := dev.Close(); err != nil {
					t.Error("close:", err)
				}
			}()
			f(t, dev)
		})
	}
}

// adding returns a small run of the adding problem.
func adding(t *testing.T) (train.Config, data.Task) {
	t.Helper()
	c := train.Config{Task: "adding", Config: data.Config{Length: 10, ValidSize: 40, TestSize: 40}, Seed: 5, Optimizer: model.DefaultOptimizer(), Steps: 30, EvalEvery: 10}
	task, err := c.OpenTask("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { task.Close() })
	c.Model = model.DefaultConfig(task.Spec())
	c.Model.Batch, c.Model.Hidden, c.Model.Reflectors = 16, 12, 3
	return c, task
}

func run(t *testing.T, dev *gpu.Device, ctx context.Context, c train.Config, task data.Task, dir string, resume bool, observe func(train.Event)) (train.EndEvent, error) {
	t.Helper()
	return train.Run(ctx, c, train.Options{Dev: dev, Task: task, Folder: train.Folder{Dir: dir}, Resume: resume, Observe: observe})
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestSameSeedSameBitsInterruptedOrNot(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		c, task := adding(t)
		root := t.TempDir()
		dirs := []string{filepath.Join(root, "a"), filepath.Join(root, "b"), filepath.Join(root, "interrupted")}
		for _, dir := range dirs[:2] {
			end, err := run(t, dev, context.Background(), c, task, dir, false, nil)
			if err != nil || end.Reason != "done" || end.Steps != 30 || end.SubmitsPerStep != 1 {
				t.Fatalf("%+v, %v", end, err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		end, err := run(t, dev, ctx, c, task, dirs[2], false, func(e train.Event) {
			if s, ok := e.(train.StepEvent); ok && s.Step == 17 {
				cancel()
			}
		})
		if !errors.Is(err, train.ErrInterrupted) || end.Reason != "interrupted" || end.Steps != 17 {
			t.Fatalf("interrupted: %+v, %v", end, err)
		}
		if _, err := run(t, dev, context.Background(), c, task, dirs[2], true, nil); err != nil {
			t.Fatal("resume:", err)
		}
		for _, dir := range dirs[1:] {
			for _, name := range []string{"metrics.csv", "checkpoint.safetensors", "config.json", "curves.png", ".lock"} {
				if read(t, filepath.Join(dirs[0], name)) != read(t, filepath.Join(dir, name)) {
					t.Errorf("%s of %s differs from the first run's", name, filepath.Base(dir))
				}
			}
		}
	})
}

func TestRunFolder(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		c, task := adding(t)
		dir := t.TempDir()
		var steps, evals int
		var last train.EvalEvent
		if _, err := run(t, dev, context.Background(), c, task, dir, false, func(e train.Event) {
			switch e := e.(type) {
			case train.StepEvent:
				steps++
				if lo, hi := 0.99-1e-6, 1.01+1e-6; e.SigmaMin < lo || e.SigmaMax > hi {
					t.Errorf("step %d: σ in [%g, %g] leaves the band", e.Step, e.SigmaMin, e.SigmaMax)
				}
			case train.EvalEvent:
				evals++
				last = e
				if !(e.Defect > 0 && e.Defect <= 5e-6) {
					t.Errorf("orthogonality defect %g", e.Defect)
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		if steps != 30 || evals != 4 || last.MSE == nil || last.Samples != 40 {
			t.Errorf("%d steps, %d evaluations, last %+v", steps, evals, last)
		}
		f := train.Folder{Dir: dir}
		rows, err := csv.NewReader(openFile(t, f.Metrics())).ReadAll()
		if err != nil || len(rows) != 1+30+4 {
			t.Fatalf("metrics.csv has %d rows, %v", len(rows), err)
		}
		if mse, err := strconv.ParseFloat(rows[len(rows)-1][3], 64); err != nil || mse != *last.MSE {
			t.Errorf("last row %v, want the MSE %g", rows[len(rows)-1], *last.MSE)
		}
		img, err := png.Decode(openFile(t, f.Curves()))
		if err != nil || img.Bounds().Dx() < 500 {
			t.Errorf("curves: %v, %v", img, err)
		}
		back, err := f.ReadConfig()
		if err != nil {
			t.Fatal(err)
		}
		c.Optimizer.Horizon = c.Steps
		if !reflect.DeepEqual(back, c) {
			t.Errorf("config.json gives %+v, want %+v", back, c)
		}
		if _, err := run(t, dev, context.Background(), c, task, dir, false, nil); !errors.Is(err, model.ErrConfig) {
			t.Errorf("a folder that holds a run was taken again: %v", err)
		}
	})
}

func openFile(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestDivergenceLeavesTheLastGoodCheckpoint(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		c, task := adding(t)
		c.Model.Cell, c.Model.Activation = "rnn", "identity"
		c.Optimizer.Name, c.Optimizer.LR, c.Optimizer.Clip, c.Optimizer.Warmup = "sgd", 1000, 0, 0
		dir := t.TempDir()
		end, err := run(t, dev, context.Background(), c, task, dir, false, nil)
		if !errors.Is(err, train.ErrDiverged) || end.Reason != "diverged" {
			t.Fatalf("%+v, %v; want ErrDiverged", end, err)
		}
		ck, err := model.Load(train.Folder{Dir: dir}.Checkpoint())
		if err != nil || ck.Position.Step > end.Steps {
			t.Errorf("checkpoint after divergence: %+v, %v", ck, err)
		}
	})
}

func TestLearnsLabelledImages(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		dataDir := t.TempDir()
		if err := datatest.WriteMNIST(dataDir, 600, 100, 1); err != nil {
			t.Fatal(err)
		}
		c := train.Config{Task: "mnist", Config: data.Config{Length: 28}, Seed: 2, Optimizer: model.DefaultOptimizer(), Epochs: 8}
		c.Optimizer.LR, c.Optimizer.Warmup = 5e-3, 0
		task, err := c.OpenTask(dataDir)
		if err != nil {
			t.Fatal(err)
		}
		defer task.Close()
		c.Model = model.DefaultConfig(task.Spec())
		c.Model.Batch, c.Model.Hidden, c.Model.Reflectors = 32, 32, 8
		var last train.EvalEvent
		if _, err := run(t, dev, context.Background(), c, task, t.TempDir(), false, func(e train.Event) {
			if ev, ok := e.(train.EvalEvent); ok {
				last = ev
			}
		}); err != nil {
			t.Fatal(err)
		}
		if last.Samples != 100 || last.Accuracy == nil || *last.Accuracy < 0.8 {
			t.Errorf("after 8 epochs: %+v (accuracy %v), want at least 0.8", last, last.Accuracy)
		}
	})
}

func TestConfigErrors(t *testing.T) {
	good, _ := adding(t)
	for name, change := range map[string]func(*train.Config){
		"steps and epochs": func(c *train.Config) { c.Epochs = 1 },
		"neither":          func(c *train.Config) { c.Steps = 0 },
		"negative":         func(c *train.Config) { c.Steps = -1 },
		"model":            func(c *train.Config) { c.Model.Hidden = 0 },
		"optimiser":        func(c *train.Config) { c.Optimizer.LR = -1 },
	} {
		c := good
		change(&c)
		if err := c.Check(); !errors.Is(err, model.ErrConfig) {
			t.Errorf("%s: %v, want ErrConfig", name, err)
		}
	}
}
