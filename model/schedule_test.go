package model_test

import (
	"math"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

func TestRate(t *testing.T) {
	o := model.DefaultOptimizer()
	o.LR, o.LRDecay, o.Warmup = 0.1, 0.5, 0
	at := func(step int64, epoch, drops int) model.Position {
		return model.Position{Step: step, Epoch: epoch, History: model.History{Drops: drops}}
	}
	for _, c := range []struct {
		name                 string
		schedule, milestones string
		horizon, warmup      int64
		pos                  model.Position
		want                 float64
	}{
		{"constant", model.Constant, "", 0, 0, at(10, 0, 0), 0.1},
		{"exponential", model.Exponential, "", 0, 0, at(10, 3, 5), 0.0125},
		{"cosine, half", model.Cosine, "", 100, 0, at(50, 0, 0), 0.05},
		{"cosine, end", model.Cosine, "", 100, 0, at(100, 0, 0), 0},
		{"steps, before", model.Steps, "2,4", 0, 0, at(10, 1, 0), 0.1},
		{"steps, between", model.Steps, "2, 4", 0, 0, at(10, 2, 0), 0.05},
		{"steps, after", model.Steps, "2,4", 0, 0, at(10, 7, 0), 0.025},
		{"plateau", model.Plateau, "", 0, 0, at(10, 9, 3), 0.0125},
		{"warm-up", model.Constant, "", 0, 10, at(4, 0, 0), 0.05},
		{"warm-up is over", model.Constant, "", 0, 10, at(9, 0, 0), 0.1},
		{"warm-up of a short run", model.Constant, "", 50, 10, at(2, 0, 0), 0.06},
	} {
		p := o
		p.Schedule, p.Milestones, p.Horizon, p.Warmup = c.schedule, c.milestones, c.horizon, c.warmup
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := p.Rate(c.pos); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

func TestHistory(t *testing.T) {
	var h model.History
	for i, v := range []float64{3, 2, 2.5, 2, 1, 5, 5, 5, 5} {
		if best := h.Add(int64(i+1), v, data.MSE, 2); best != (i == 0 || i == 1 || i == 4) {
			t.Errorf("evaluation %d (%g): best %v", i, v, best)
		}
	}
	if want := (model.History{Step: 5, Best: 1, Stale: 4, Drops: 3}); h != want {
		t.Errorf("%+v, want %+v", h, want)
	}
}
