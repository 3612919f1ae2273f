package model_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

func TestCheckpointResumesBitForBit(t *testing.T) {
	onDevices(t, func(t *testing.T, dev *gpu.Device) {
		c, o := small(model.Spectral, data.CrossEntropy), model.DefaultOptimizer()
		run := func(m *model.Network, from, to int64) {
			fill(m)
			for s := from; s <= to; s++ {
				if _, err := m.TrainStep(s, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		save := func(m *model.Network, name string) []byte {
			path := filepath.Join(t.TempDir(), name)
			if err := model.Save(path, m, model.Position{Step: 8}); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
		whole := newNetwork(t, dev, c, o)
		run(whole, 1, 8)

		first := newNetwork(t, dev, c, o)
		run(first, 1, 5)
		path := filepath.Join(t.TempDir(), "half")
		if err := model.Save(path, first, model.Position{Step: 5, Epoch: 1, Index: 2}); err != nil {
			t.Fatal(err)
		}
		ck, err := model.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if ck.Config != c || ck.Optimizer != o || ck.Position != (model.Position{Step: 5, Epoch: 1, Index: 2}) {
			t.Errorf("loaded %+v %+v %+v", ck.Config, ck.Optimizer, ck.Position)
		}
		second := newNetwork(t, dev, c, o)
		if err := ck.Restore(second); err != nil {
			t.Fatal(err)
		}
		run(second, 6, 8)
		if string(save(whole, "a")) != string(save(second, "b")) {
			t.Error("8 steps, and 5 steps saved and resumed for 3 more, give different checkpoints")
		}
	})
}

func TestDamagedCheckpoints(t *testing.T) {
	dev := open(t, "cpu")
	m := newNetwork(t, dev, small(model.Spectral, data.CrossEntropy), model.DefaultOptimizer())
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := model.Save(good, m, model.Position{}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{
		"empty": nil, "truncated header": raw[:20], "truncated data": raw[:len(raw)-4], "longer": append(append([]byte{}, raw...), 0), "text": []byte("not a checkpoint at all"),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bytes, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := model.Load(path); !errors.Is(err, model.ErrCheckpoint) {
			t.Errorf("%s: %v, want ErrCheckpoint", name, err)
		}
	}
	ck, err := model.Load(good)
	if err != nil {
		t.Fatal(err)
	}
	other := small(model.Spectral, data.CrossEntropy)
	other.Hidden = 9
	if err := ck.Restore(newNetwork(t, dev, other, model.DefaultOptimizer())); !errors.Is(err, model.ErrCheckpoint) {
		t.Errorf("restore into another shape: %v, want ErrCheckpoint", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), "c")
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := model.Load(path); err != nil && !errors.Is(err, model.ErrCheckpoint) {
			t.Errorf("%v is no ErrCheckpoint", err)
		}
	})
}
