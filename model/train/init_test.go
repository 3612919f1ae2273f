package train_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// A run that begins with another's parameters has them bit for bit before its first step; a read-out of another shape is drawn anew.
func TestInit(t *testing.T) {
	dev, err := gpu.Open("cpu", gpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	c, task := adding(t)
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	if _, err := run(t, dev, context.Background(), c, task, source, false, nil); err != nil {
		t.Fatal(err)
	}
	from, err := model.LoadRun(source)
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	for name, change := range map[string]func(*train.Config, *model.Checkpoint){
		"same":             func(*train.Config, *model.Checkpoint) {},
		"another read-out": func(_ *train.Config, ck *model.Checkpoint) { replaceHead(ck) },
	} {
		t.Run(name, func(t *testing.T) {
			c, ck := c, *from
			c.InitFrom, c.Seed = source, 9
			c.Model.Seed = 9
			change(&c, &ck)
			folder := train.Folder{Dir: filepath.Join(dir, name)}
			notices := 0
			_, err := train.Run(ended, c, train.Options{Dev: dev, Task: task, Folder: folder, Init: &ck, Observe: func(e train.Event) {
				if _, ok := e.(train.NoticeEvent); ok {
					notices++
				}
			}})
			if !errors.Is(err, train.ErrInterrupted) {
				t.Fatal(err)
			}
			got, err := model.LoadRun(folder.Dir)
			if err != nil || got.Position.Step != 0 {
				t.Fatal(got, err)
			}
			for _, want := range from.Tensors {
				is, _ := got.Tensor(want.Name)
				fresh := strings.HasPrefix(want.Name, "optim.") || name != "same" && strings.HasPrefix(want.Name, "head.W")
				if same := slices.Equal(is.Data, want.Data); same == fresh && !strings.HasPrefix(want.Name, "state.") && want.Name != "head.b" {
					t.Errorf("%s is the other run's: %v", want.Name, same)
				}
			}
			if (notices > 0) != (name != "same") {
				t.Errorf("%d notices", notices)
			}
		})
	}
	c.InitFrom = source
	if _, err := run(t, dev, context.Background(), c, task, filepath.Join(dir, "lost"), false, nil); !errors.Is(err, model.ErrConfig) {
		t.Errorf("parameters that are not given: %v, want ErrConfig", err)
	}
	c.Model.Hidden++
	other := *from
	if _, err := train.Run(ended, c, train.Options{Dev: dev, Task: task, Folder: train.Folder{Dir: filepath.Join(dir, "hidden")}, Init: &other}); !errors.Is(err, model.ErrCheckpoint) {
		t.Errorf("another network: %v, want ErrCheckpoint", err)
	}
}

// replaceHead gives a checkpoint a read-out of two outputs.
func replaceHead(ck *model.Checkpoint) {
	ck.Tensors = slices.Clone(ck.Tensors)
	for i, t := range ck.Tensors {
		switch t.Name {
		case "head.W":
			ck.Tensors[i] = model.NamedTensor{Name: t.Name, Rows: 2, Cols: t.Cols, Data: make([]float32, 2*t.Cols)}
		case "head.b":
			ck.Tensors[i] = model.NamedTensor{Name: t.Name, Rows: 1, Cols: 2, Data: make([]float32, 2)}
		}
	}
}
