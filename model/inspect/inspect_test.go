package inspect

import (
	"errors"
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

func checkpoint(t *testing.T, change func(*model.Config)) *model.Checkpoint {
	t.Helper()
	dev, err := gpu.Open("cpu", gpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	task, err := data.Open("adding", data.Config{Length: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	c := model.DefaultConfig(task.Spec())
	c.Hidden, c.Reflectors, c.Batch = 6, 3, 4
	change(&c)
	m, err := model.New(dev, c, model.DefaultOptimizer())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := m.Snapshot(model.Position{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &model.Checkpoint{Snapshot: *s}
}

func set(t *testing.T, ck *model.Checkpoint, name string, values ...float32) {
	t.Helper()
	for _, tensor := range ck.Tensors {
		if tensor.Name == name {
			copy(tensor.Data, values)
			return
		}
	}
	t.Fatalf("no tensor %s", name)
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

func TestWeights(t *testing.T) {
	ck := checkpoint(t, func(c *model.Config) { c.Radius = 0.5 })
	ln3 := float32(math.Log(3)) // sigmoid 3/4: σ = 1 + 2·0.5·(1/4)
	set(t, ck, "layers.0.s", ln3, 0, -ln3, 0, 0, 0)
	all, err := Weights(ck)
	if err != nil || len(all) != 3 || all[0].Name != "layers.0.W" || all[1].Name != "layers.0.Wx" || all[2].Name != "head.W" {
		t.Fatalf("%+v, %v", all, err)
	}
	w := all[0]
	if !w.Factored || !w.Recurrent || w.Reflectors != 3 || w.Rows != 6 || w.Cols != 6 || !near(w.Norm, 1.25) || !near(w.Condition, 1.25/0.75) ||
		!near(w.Frobenius, math.Sqrt(4+1.25*1.25+0.75*0.75)) || !near(Quantile(w.Sigma, 0), 0.75) || !near(Quantile(w.Sigma, 0.5), 1) || !near(Quantile(w.Sigma, 0.9), 1.125) {
		t.Errorf("%+v", w)
	}
	if h := w.Histogram(5); len(h) != 5 || h[0].Count != 1 || h[2].Count != 4 || h[4].Count != 1 || !near(h[4].To, 1.25) {
		t.Errorf("%+v", h)
	}
	dense := checkpoint(t, func(c *model.Config) { c.Cell = "rnn"; c.Hidden = 2 })
	set(t, dense, "layers.0.W", 0, 3, 2, 0)
	if all, err := Weights(dense); err != nil || !near(all[0].Norm, 3) || !near(all[0].Condition, 1.5) || !near(all[0].Frobenius, math.Sqrt(13)) || all[0].Factored {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := Weights(checkpoint(t, func(c *model.Config) { c.Dropout = 0.5 })); err != nil || len(all) != 3 {
		t.Errorf("with dropout: %+v, %v", all, err)
	}
	if all, err := Weights(checkpoint(t, func(c *model.Config) { c.Cell = "lstm" })); err != nil || all[0].Rows != 24 || all[0].Cols != 6 || !all[0].Recurrent {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestNotFiniteFailsLoudly(t *testing.T) {
	for _, name := range []string{"layers.0.U", "layers.0.s", "layers.0.Wx", "optim.v.head.W"} {
		ck := checkpoint(t, func(*model.Config) {})
		set(t, ck, name, float32(math.NaN()))
		if _, err := Weights(ck); !errors.Is(err, model.ErrCheckpoint) {
			t.Errorf("NaN in %s: %v", name, err)
		}
	}
}

func TestMargin(t *testing.T) {
	for _, c := range []struct {
		outputs []float32
		label   int
		want    float64
	}{{[]float32{1, 3, 2}, 1, 1}, {[]float32{1, 3, 2}, 0, -2}, {[]float32{-5, -3}, 1, 2}} {
		if v, err := margin(c.outputs, c.label); err != nil || v != c.want {
			t.Errorf("%v: %g, %v", c, v, err)
		}
	}
	if _, err := margin([]float32{1, float32(math.NaN())}, 0); !errors.Is(err, model.ErrNotFinite) {
		t.Errorf("%v", err)
	}
}
