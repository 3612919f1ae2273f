package report

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// groups are the settings in the order in which they are shown.
var groups = []struct {
	title string
	names []string
}{
	{"Data", []string{"length", "train-size", "valid-size", "test-size", "shares", "unit", "label", "targets", "columns", "channels", "horizon", "header", "normalise", "missing"}},
	{"Network", []string{"cell", "where", "hidden", "layers", "activation", "reflectors", "r", "sigma", "form", "init", "input-init", "embedding", "tied", "no-bias", "initial", "initial-noise", "gain", "dropout", "dropout-over-time", "dropout-state"}},
	{"Optimiser", []string{"optimizer", "lr", "lr-reflectors", "lr-sigma", "schedule", "lr-decay", "milestones", "plateau", "warmup", "momentum", "beta1", "beta2", "eps", "decay", "clip"}},
	{"Run", []string{"steps", "epochs", "batch", "seed", "init-from", "patience", "eval-every", "save-every", "test-always"}},
}

// value is a setting of a run.
type value struct {
	Text, Default string
	Differs       bool
	Unused        string // why it does nothing; "" where it does something
}

// settings returns the settings of a run by name, beside what the task's defaults are.
func (r *Run) settings() map[string]value {
	c := r.Config
	asked := train.Config{}
	asked.Model.Cell = c.Model.Cell
	base := train.Default(c.Task, r.Spec, asked)
	if base.Model.Hidden != c.Model.Hidden {
		asked.Model.Hidden = c.Model.Hidden
	}
	asked.Model.Activation = c.Model.Activation
	dependent := train.Default(c.Task, r.Spec, asked)
	plain := train.Default(c.Task, r.Spec, train.Config{})
	dependent.Model.Hidden, dependent.Model.Activation, dependent.Model.Cell = base.Model.Hidden, base.Model.Activation, plain.Model.Cell
	unused := c.Unused()
	out := map[string]value{}
	is, was := c.Settings(), dependent.Settings()
	for name, place := range is {
		a, b := reflect.ValueOf(place).Elem().Interface(), reflect.ValueOf(was[name]).Elem().Interface()
		out[name] = value{Text: setting(a), Default: setting(b), Differs: !reflect.DeepEqual(a, b), Unused: unused[name]}
	}
	out["steps"] = value{Text: fmt.Sprint(c.Steps), Default: fmt.Sprint(dependent.Steps), Differs: c.Steps != dependent.Steps}
	out["epochs"] = value{Text: fmt.Sprint(c.Epochs), Default: fmt.Sprint(dependent.Epochs), Differs: c.Epochs != dependent.Epochs}
	if c.Length == 0 {
		out["length"] = value{Text: fmt.Sprint(c.Model.Length), Default: fmt.Sprint(c.Model.Length)}
	}
	if info, err := model.FindCell(c.Model.Cell); err == nil && !info.Time {
		out["length"] = value{Text: "1", Default: "1", Unused: "the whole input at once"}
	}
	return out
}

// shown tells whether a setting says anything: one that has an effect, and is not an empty default.
func (v value) shown() bool {
	empty := v.Text == "" || v.Text == "0" || v.Text == "no" || v.Text == "0, 0, 0"
	return v.Unused == "" && (v.Differs || !empty)
}

// settingTables are the settings of a run, group by group; what differs from the task's defaults is marked.
func (r *Run) settingsSection() Section {
	all := r.settings()
	s := Section{Title: "Settings", Notes: []string{"A dot marks what differs from the defaults of the task " + r.Config.Task + " for this cell. Settings without effect are left out."}}
	t := &Table{Kind: "settings", Head: cells("", "setting", "value", "default")}
	for _, g := range groups {
		title := g.title
		for _, name := range g.names {
			v, ok := all[name]
			if !ok || !v.shown() {
				continue
			}
			row := []Cell{{Text: title, Class: "faint"}, {Text: name}, {Text: orNone(v.Text)}, {Class: "faint"}}
			if v.Differs {
				row[2].Class = "marked"
				if row[3].Text = orNone(v.Default); v.Default == "0" { // which stands for "not given"
					row[3].Text = none
				}
			}
			t.Rows, title = append(t.Rows, row), ""
		}
	}
	s.Parts = []Part{{Table: t}}
	return s
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

// differing lists the settings in which runs differ, in the order of the groups; the task first.
func differing(runs []*Run) []string {
	var names []string
	if slices.ContainsFunc(runs, func(r *Run) bool { return r.Config.Task != runs[0].Config.Task }) {
		names = append(names, "task")
	}
	first := runs[0].settings()
	for _, g := range groups {
		for _, name := range g.names {
			if slices.ContainsFunc(runs, func(r *Run) bool { v := r.settings()[name]; return v.Text != first[name].Text }) {
				names = append(names, name)
			}
		}
	}
	return names
}

// settingOf is the text of a setting of a run, by the names of differing.
func (r *Run) settingOf(name string, all map[string]value) string {
	if name == "task" {
		return r.Config.Task
	}
	v := all[name]
	if v.Unused != "" || v.Text == "0" && (!v.Differs || name == "steps" || name == "epochs") {
		return none
	}
	return orNone(v.Text)
}
