package train

import (
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Default returns the settings of a run of a task, whose specification is spec: the one place where defaults are. asked has the settings that
// are given already, on which others depend; the rest of it is empty. They are not copied.
func Default(task string, spec data.Spec, asked Config) Config {
	c := Config{Task: task, Seed: 1, Model: model.DefaultConfig(spec), Optimizer: model.DefaultOptimizer()}
	if asked.Model.Cell != "" {
		c.Model.Cell = asked.Model.Cell
	}
	if asked.Model.Hidden > 0 {
		c.Model.Hidden = asked.Model.Hidden
		c.Model.Reflectors = min(c.Model.Reflectors, c.Model.Hidden)
	}
	if spec.TrainSize == data.Endless {
		c.Steps = 3000
	} else {
		c.Epochs = 10
	}
	if info, err := model.FindCell(c.Model.Cell); err == nil && !info.Time {
		dense(&c)
		return c
	}
	name, _, _ := strings.Cut(task, ":")
	if set := byTask[name]; set != nil {
		set(&c)
	}
	return c
}

// byTask changes the settings of the paper's experiments where a task is known to learn better with others.
var byTask = map[string]func(c *Config){}

// dense are the settings of networks without time: all reflectors, σ* so that a layer keeps the size of what goes through it.
func dense(c *Config) {
	m := &c.Model
	m.Layers, m.Reflectors, m.Radius, m.Init = 4, m.Hidden, 0.1, "haar"
	c.Optimizer.LR, c.Optimizer.Clip = 1e-3, 1
}
