package experiment

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Variant is a combination of what varies.
type Variant struct {
	Name     string
	Labels   map[string]string // value of every axis; the variant's own name is "name"
	settings map[string]any
	defaults bool   // settings that are given nowhere are the task's (train.Default)
	from     string // the variant whose parameters it begins with; "" for fresh ones
}

// Variants returns all combinations, in the order of the file; quick those of the short form.
func (e *Experiment) Variants(quick bool) ([]Variant, error) {
	list := e.List
	if list == nil {
		list = []map[string]any{{}}
	}
	var all []Variant
	for _, own := range list {
		v := Variant{Labels: map[string]string{}, settings: maps.Clone(e.Base), defaults: e.sweep}
		if v.settings == nil {
			v.settings = map[string]any{}
		}
		for key, value := range own {
			if key == "name" {
				v.Name = fmt.Sprint(value)
				v.Labels["name"] = v.Name
			} else {
				v.settings[key] = value
			}
		}
		if v.Name == "" && e.List != nil {
			return nil, fmt.Errorf("a variant without a name: %v", own)
		}
		all = append(all, v)
	}
	for _, a := range e.Grid {
		var err error
		if all, err = a.multiply(all); err != nil {
			return nil, err
		}
	}
	for _, v := range all {
		for _, a := range e.Adjust {
			if v.matches(a.Match) {
				maps.Copy(v.settings, a.Set)
			}
		}
	}
	if err := e.begin(all); err != nil {
		return nil, err
	}
	if !quick {
		return all, nil
	}
	kept := selected(all, e.Quick.Keep)
	for _, v := range kept {
		maps.Copy(v.settings, e.Quick.Set)
		if e.Quick.Set["steps"] != nil {
			delete(v.settings, "epochs")
		}
	}
	return kept, nil
}

// multiply returns every variant at every place of the axis.
func (a Axis) multiply(all []Variant) ([]Variant, error) {
	if a.Axis == "" || (len(a.Values) == 0) == (len(a.Options) == 0) {
		return nil, fmt.Errorf("axis %q; want a name and either values or options", a.Axis)
	}
	places := slices.Clone(a.Options)
	for _, value := range a.Values {
		places = append(places, map[string]any{"label": value, a.Axis: value})
	}
	var out []Variant
	for _, v := range all {
		for _, place := range places {
			label := fmt.Sprint(place["label"])
			if place["label"] == nil {
				return nil, fmt.Errorf("axis %s: an option without a label: %v", a.Axis, place)
			}
			next := Variant{Labels: maps.Clone(v.Labels), settings: maps.Clone(v.settings), defaults: v.defaults}
			next.Labels[a.Axis] = label
			next.Name = strings.TrimSpace(v.Name + " " + a.Axis + "=" + label)
			for key, value := range place {
				if key != "label" {
					next.settings[key] = value
				}
			}
			out = append(out, next)
		}
	}
	return out, nil
}

// matches tells whether the variant is one of those that m selects.
func (v Variant) matches(m Match) bool {
	for axis := range m {
		if !slices.Contains(m.labels(axis), v.Labels[axis]) {
			return false
		}
	}
	return true
}

// labels lists the alternatives of an axis.
func (m Match) labels(axis string) []string {
	list, several := m[axis].([]any)
	if !several {
		list = []any{m[axis]}
	}
	var all []string
	for _, value := range list {
		all = append(all, fmt.Sprint(value))
	}
	return all
}

func selected(all []Variant, m Match) []Variant {
	return slices.DeleteFunc(slices.Clone(all), func(v Variant) bool { return !v.matches(m) })
}

// selects refuses a match that selects none of the variants. Errors: model.ErrConfig.
func (m Match) selects(e *Experiment, all []Variant) error {
	for _, axis := range slices.Sorted(maps.Keys(m)) {
		if !e.hasAxis(axis) {
			return fmt.Errorf("%w: %s does not vary %q; it varies %s", model.ErrConfig, e.Name, axis, strings.Join(e.axes(), ", "))
		}
		var there []string
		for _, v := range all {
			if !slices.Contains(there, v.Labels[axis]) {
				there = append(there, v.Labels[axis])
			}
		}
		for _, label := range m.labels(axis) {
			if !slices.Contains(there, label) {
				return fmt.Errorf("%w: %s has no %s %q; it has %s", model.ErrConfig, e.Name, axis, label, strings.Join(there, "; "))
			}
		}
	}
	if len(selected(all, m)) == 0 {
		return fmt.Errorf("%w: no variant of %s has all that was asked for", model.ErrConfig, e.Name)
	}
	return nil
}

// folder is the name of the variant's folder.
func (v Variant) folder() string {
	name := strings.Map(func(r rune) rune {
		if r == ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, v.Name)
	if name == "" {
		return "all"
	}
	return name
}

// asked returns what the file says of the settings of a run, and nothing else. Errors: model.ErrConfig.
func (v Variant) asked(seed uint64) (train.Config, error) {
	c := train.Config{Seed: seed}
	err := v.apply(&c)
	if c.Task == "" {
		err = errors.Join(err, fmt.Errorf("%w: no task", model.ErrConfig))
	}
	if (c.Steps > 0) == (c.Epochs > 0) && !(v.defaults && c.Steps == 0) {
		err = errors.Join(err, fmt.Errorf("%w: %d steps and %d epochs; give one of them", model.ErrConfig, c.Steps, c.Epochs))
	}
	if info, cerr := model.FindCell(c.Model.Cell); cerr == nil && !info.Time && c.Length == 0 {
		c.Length = 1 // the whole input at once
	}
	return c, err
}

func (v Variant) apply(c *train.Config) error {
	for _, name := range slices.Sorted(maps.Keys(v.settings)) {
		value := v.settings[name]
		whole, isWhole := value.(int64)
		switch name {
		case "task":
			c.Task, _ = value.(string)
		case "steps", "epochs":
			if !isWhole || whole < 1 || whole > 1<<40 {
				return fmt.Errorf("%w: %s %v; want a whole number of at least 1", model.ErrConfig, name, value)
			}
			if name == "steps" {
				c.Steps = whole
			} else {
				c.Epochs = int(whole)
			}
		case "seed":
			if v.defaults { // of a sweep
				continue
			}
			return fmt.Errorf("%w: an experiment has seeds; seed is no setting of it", model.ErrConfig)
		default:
			if err := c.Set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// Open opens the task of a run with a seed and returns its complete settings. What the file does not say is as model.DefaultConfig and
// model.DefaultOptimizer have it, not as train.Default has it for the task: an experiment stays what it is when a better default is found. The
// caller closes the task.
func (v Variant) Open(dir string, seed uint64) (train.Config, data.Task, error) {
	asked, err := v.asked(seed)
	if err != nil {
		return asked, nil, err
	}
	task, err := asked.OpenTask(dir)
	if err != nil {
		return asked, nil, err
	}
	c := train.Config{Model: model.DefaultConfig(task.Spec()), Optimizer: model.DefaultOptimizer()}
	if asked.Model.Hidden > 0 {
		c.Model.Reflectors = min(c.Model.Reflectors, asked.Model.Hidden)
	}
	if v.defaults {
		if c = train.Default(asked.Task, task.Spec(), asked); asked.Steps > 0 || asked.Epochs > 0 {
			c.Steps, c.Epochs = 0, 0
		}
	}
	err = v.apply(&c)
	c.Config, c.Seed, c.Model.Seed = asked.Config, seed, seed
	if err == nil {
		err = c.Check()
	}
	if err != nil {
		task.Close()
		return c, nil, fmt.Errorf("variant %s: %w", v.Name, err)
	}
	return c, task, nil
}
