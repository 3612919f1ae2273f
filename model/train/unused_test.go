package train_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// TestUnused: what has no effect is known by the cell, the rule, the schedule and the input, and everything that it names is a setting.
func TestUnused(t *testing.T) {
	spec, err := data.Shape("adding", data.Config{})
	if err != nil {
		t.Fatal(err)
	}
	names := train.SettingNames()
	for _, c := range []struct{ name, without, with string }{
		{"spectral", "embedding milestones momentum plateau initial-noise", "dropout-state r reflectors init lr-sigma input-init"},
		{"ornn", "r lr-sigma", "reflectors sigma init lr-reflectors"},
		{"rnn", "r reflectors sigma form init lr-reflectors lr-sigma", "activation input-init no-bias initial"},
		{"lstm", "reflectors activation no-bias input-init initial-noise", "dropout dropout-state initial"},
		{"gru", "no-bias", "initial where dropout-state"},
		{"spectral-lstm", "activation", "reflectors r"},
		{"mlp", "where reflectors dropout-over-time no-bias", "activation"},
		{"spectral-resnet", "initial initial-noise dropout-state dropout-over-time", "r reflectors sigma"},
	} {
		asked := train.Config{Seed: 1}
		asked.Model.Cell = c.name
		unused := train.Default("adding", spec, asked).Unused()
		for name := range maps.Keys(unused) {
			if !slices.Contains(names, name) {
				t.Errorf("%s: %q is no setting", c.name, name)
			}
		}
		for name := range strings.FieldsSeq(c.without) {
			if unused[name] == "" {
				t.Errorf("%s: %s is said to have an effect", c.name, name)
			}
		}
		for name := range strings.FieldsSeq(c.with) {
			if unused[name] != "" {
				t.Errorf("%s: %s is said to have none: %s", c.name, name, unused[name])
			}
		}
	}
}
