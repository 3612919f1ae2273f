package data_test

import (
	"errors"
	"os"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/datatest"
)

// TestShape: what is known of a task without its data is what the data has.
func TestShape(t *testing.T) {
	dir := t.TempDir()
	if err := datatest.WriteMNIST(dir, 64, 32, 1); err != nil {
		t.Fatal(err)
	}
	real := os.Getenv(data.DirVariable)
	for _, c := range []struct {
		task, dir string
		config    data.Config
	}{
		{"adding", dir, data.Config{}}, {"copy", dir, data.Config{Length: 7}}, {"mnist", dir, data.Config{}}, {"mnist", dir, data.Config{Length: 28}},
		{"pmnist", dir, data.Config{Length: 1}}, {"ptb", real, data.Config{}}, {"ptb-char", real, data.Config{Length: 9}},
	} {
		if c.dir == "" {
			t.Logf("%s is not compared: $%s names no data", c.task, data.DirVariable)
			continue
		}
		c.config.Dir = c.dir
		task, err := data.Open(c.task, c.config)
		if err != nil {
			t.Fatal(err)
		}
		want := task.Spec()
		c.config.Dir = t.TempDir()
		got, err := data.Shape(c.task, c.config)
		if err != nil || got.Length != want.Length || got.Input != want.Input || got.Output != want.Output || got.Stream != want.Stream || got.Metric != want.Metric {
			t.Errorf("%s %+v: %+v, %v, want %+v", c.task, c.config, got, err, want)
		}
		if err := task.Close(); err != nil {
			t.Error(err)
		}
	}
	for task, want := range map[string]error{"nosuch": data.ErrUnknownTask, "ucr:Coffee": data.ErrNotFound, "text:none": data.ErrNotFound} {
		if _, err := data.Shape(task, data.Config{Dir: dir}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", task, err, want)
		}
	}
	if _, err := data.Shape("mnist", data.Config{Length: 5}); !errors.Is(err, data.ErrConfig) {
		t.Errorf("784 pixels in 5 steps: %v", err)
	}
}
