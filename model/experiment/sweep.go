package experiment

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Sweep returns an experiment that trains a task at every combination of values of some settings, each given as "setting=values": numbers or names
// between commas, or a range of whole numbers such as 1..5. base has the other settings that are not the task's defaults, by name; steps and epochs
// too. A run of it that fails leaves the others alone, and its report tells of it. Errors: model.ErrConfig.
func Sweep(task string, base map[string]any, over []string) (*Experiment, error) {
	e := &Experiment{Name: "sweep", Seeds: 1, Base: maps.Clone(base), sweep: true}
	if e.Base == nil {
		e.Base = map[string]any{}
	}
	e.Base["task"] = task
	var names []string
	for _, text := range over {
		axis, err := sweepAxis(text)
		if err != nil {
			return nil, err
		}
		if slices.Contains(names, axis.Axis) || base[axis.Axis] != nil {
			return nil, fmt.Errorf("%w: %s is given twice", model.ErrConfig, axis.Axis)
		}
		names = append(names, axis.Axis)
		e.Grid = append(e.Grid, axis)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: a sweep over nothing; name a setting with values, such as seed=1..5", model.ErrConfig)
	}
	e.Title = "Sweep of " + task + " over " + strings.Join(names, " and ")
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrConfig, err)
	}
	return e, nil
}

// mostValues is how many values a range may have.
const mostValues = 10000

// sweepAxis reads "setting=values".
func sweepAxis(text string) (Axis, error) {
	name, list, ok := strings.Cut(text, "=")
	bad := func(format string, args ...any) (Axis, error) {
		return Axis{}, fmt.Errorf("%w: --over %s: %s", model.ErrConfig, text, fmt.Sprintf(format, args...))
	}
	if !ok || list == "" {
		return bad("want a setting and its values, such as seed=1..5 or lr=1e-3,3e-3")
	}
	place, ok := new(train.Config).Settings()[name]
	kind := reflect.Int
	if ok {
		kind = reflect.TypeOf(place).Elem().Kind()
	} else if name != "steps" && name != "epochs" {
		return bad("there is no setting %q; the settings are %s, steps and epochs", name, strings.Join(train.SettingNames(), ", "))
	}
	a := Axis{Axis: name}
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(part, "..")
		if !isRange {
			v, err := sweepValue(kind, strings.TrimSpace(part))
			if err != nil {
				return bad("%v", err)
			}
			a.Values = append(a.Values, v)
			continue
		}
		lo, err := strconv.ParseInt(from, 10, 64)
		hi, err2 := strconv.ParseInt(to, 10, 64)
		if err != nil || err2 != nil || hi < lo || hi-lo >= mostValues {
			return bad("%q is no range of whole numbers that rises, such as 1..5", part)
		}
		for v := lo; v <= hi; v++ {
			one, err := sweepValue(kind, strconv.FormatInt(v, 10))
			if err != nil {
				return bad("%v", err)
			}
			a.Values = append(a.Values, one)
		}
	}
	return a, nil
}

// sweepValue reads a value of a setting of some kind, as a file of an experiment would have it.
func sweepValue(kind reflect.Kind, text string) (any, error) {
	switch kind {
	case reflect.Int, reflect.Int64, reflect.Uint64:
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil || v < 0 {
			return nil, fmt.Errorf("%q is no whole number of 0 or more", text)
		}
		return v, nil
	case reflect.Float64:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", text)
		}
		return v, nil
	case reflect.Bool:
		switch text {
		case "true", "yes":
			return true, nil
		case "false", "no":
			return false, nil
		}
		return nil, fmt.Errorf("%q; want true or false", text)
	case reflect.String:
		if text == "" {
			return nil, fmt.Errorf("an empty value")
		}
		return text, nil
	}
	return nil, fmt.Errorf("this setting is a list and cannot be swept")
}

// seed is that of a run of the variant: the setting of a sweep, or the number of the run from 1.
func (v Variant) seed(index int) uint64 {
	if v.defaults {
		if s, ok := v.settings["seed"]; ok {
			n, _ := strconv.ParseUint(fmt.Sprint(s), 10, 64)
			return n
		}
	}
	return uint64(index + 1)
}

// folder is that of a run.
func (e *Experiment) folder(dir string, v Variant, seed uint64) string {
	if e.sweep {
		return filepath.Join(dir, v.folder())
	}
	return filepath.Join(dir, v.folder(), "seed-"+strconv.FormatUint(seed, 10))
}
