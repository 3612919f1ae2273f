package train

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// Settings returns where each setting of a run is kept, by the name that it has as a flag and in files of experiments: pointers into c.
func (c *Config) Settings() map[string]any {
	d, m, o := &c.Config, &c.Model, &c.Optimizer
	return map[string]any{
		"length": &d.Length, "train-size": &d.TrainSize, "valid-size": &d.ValidSize, "test-size": &d.TestSize, "shares": &d.Shares, "unit": &d.Unit,
		"label": &d.Label, "targets": &d.Targets, "columns": &d.Columns, "channels": &d.Channels, "horizon": &d.Horizon, "header": &d.Header,
		"normalise": &d.Normalise, "missing": &d.Missing,
		"cell": &m.Cell, "where": &m.Output.Where, "hidden": &m.Hidden, "layers": &m.Layers, "reflectors": &m.Reflectors, "r": &m.Radius, "sigma": &m.Center, "form": &m.Form,
		"init": &m.Init, "input-init": &m.InputInit, "activation": &m.Activation, "embedding": &m.Embedding, "tied": &m.Tied, "no-bias": &m.NoBias,
		"initial": &m.Initial, "initial-noise": &m.InitialNoise, "gain": &m.Gain, "dropout": &m.Dropout, "dropout-over-time": &m.DropoutOverTime,
		"dropout-state": &m.DropoutState, "batch": &m.Batch, "seed": &c.Seed,
		"optimizer": &o.Name, "lr": &o.LR, "lr-reflectors": &o.LRReflectors, "lr-sigma": &o.LRSigma, "schedule": &o.Schedule, "lr-decay": &o.LRDecay,
		"milestones": &o.Milestones, "plateau": &o.Plateau, "warmup": &o.Warmup, "momentum": &o.Momentum, "beta1": &o.Beta1, "beta2": &o.Beta2, "eps": &o.Eps,
		"decay": &o.Decay, "clip": &o.Clip,
		"init-from": &c.InitFrom, "patience": &c.Patience, "eval-every": &c.EvalEvery, "save-every": &c.SaveEvery, "test-always": &c.TestAlways,
	}
}

// Set gives the setting of that name a value: a string, a bool, a number of any type, or a list of strings. Whole numbers may stand for real
// ones, not the other way round; shares are a string such as 0.8,0.1,0.1. Errors: model.ErrConfig for a name that there is not, or a value that
// is none of the setting's.
func (c *Config) Set(name string, value any) error {
	place, ok := c.Settings()[name]
	if !ok {
		return fmt.Errorf("%w: there is no setting %q; the settings are %s", model.ErrConfig, name, strings.Join(SettingNames(), ", "))
	}
	if shares, ok := place.(*data.Shares); ok {
		text, isText := value.(string)
		var err error
		if *shares, err = parseShares(text); err != nil || !isText {
			return fmt.Errorf("%w: %s %v; want three parts that add up to 1, such as 0.8,0.1,0.1", model.ErrConfig, name, value)
		}
		return nil
	}
	if text, ok := place.(encoding.TextUnmarshaler); ok {
		word, _ := value.(string)
		if err := text.UnmarshalText([]byte(word)); err != nil {
			return fmt.Errorf("%w: %s: %w", model.ErrConfig, name, err)
		}
		return nil
	}
	v, err := convert(reflect.ValueOf(value), reflect.TypeOf(place).Elem())
	if err != nil {
		return fmt.Errorf("%w: %s %v: %w", model.ErrConfig, name, value, err)
	}
	reflect.ValueOf(place).Elem().Set(v)
	return nil
}

// SettingNames lists the names of the settings in order.
func SettingNames() []string { return slices.Sorted(maps.Keys(new(Config).Settings())) }

// convert returns v as a value of type t.
func convert(v reflect.Value, t reflect.Type) (reflect.Value, error) {
	out := reflect.New(t).Elem()
	switch {
	case !v.IsValid():
	case v.Type() == t:
		return v, nil
	case v.Kind() == reflect.Interface:
		return convert(v.Elem(), t)
	case v.Kind() == reflect.Slice && t.Kind() == reflect.Slice:
		for i := range v.Len() {
			one, err := convert(v.Index(i), t.Elem())
			if err != nil {
				return one, err
			}
			out = reflect.Append(out, one)
		}
		return out, nil
	case v.Kind() == t.Kind() && (v.Kind() == reflect.String || v.Kind() == reflect.Bool):
		return v.Convert(t), nil
	case v.CanInt() && out.CanInt() && !out.OverflowInt(v.Int()):
		out.SetInt(v.Int())
		return out, nil
	case v.CanInt() && out.CanUint() && v.Int() >= 0 && !out.OverflowUint(uint64(v.Int())):
		out.SetUint(uint64(v.Int()))
		return out, nil
	case v.CanUint() && out.CanUint() && !out.OverflowUint(v.Uint()):
		out.SetUint(v.Uint())
		return out, nil
	case (v.CanInt() || v.CanFloat()) && out.CanFloat():
		out.Set(v.Convert(t))
		return out, nil
	}
	return out, fmt.Errorf("want %s", wanted(t))
}

// wanted says what a value of a type is.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list of texts"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Uint64:
		return "a whole number of 0 or more"
	}
	return "a whole number"
}

// parseShares reads three parts of a whole.
func parseShares(s string) (data.Shares, error) {
	var parts [3]float64
	fields := strings.Split(s, ",")
	if len(fields) != len(parts) {
		return data.Shares{}, fmt.Errorf("%d parts", len(fields))
	}
	for i, f := range fields {
		v, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
		if err != nil {
			return data.Shares{}, fmt.Errorf("%q is no number", f)
		}
		parts[i] = v
	}
	return data.Shares{Train: parts[0], Valid: parts[1], Test: parts[2]}, nil
}
