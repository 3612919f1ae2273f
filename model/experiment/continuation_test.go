package experiment

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
)

const continued = `
title = "Ever longer"
seeds = 2
[base]
task = "adding"
hidden = 4
reflectors = 2
batch = 4
steps = 6
eval-every = 3
valid-size = 8
test-size = 8
[[variants]]
name = "spectral"
[[variants]]
name = "rnn"
cell = "rnn"
[[grid]]
axis = "length"
values = [5, 6, 7]
[[continue]]
match = { name = "spectral", length = 7 }
from = { length = 6 }
[[continue]]
match = { name = "spectral", length = 6 }
from = { length = 5 }
[[claims]]
text = "steps of all runs count"
variant = { name = "spectral", length = 7 }
measure = "steps-below"
below = 1e9
at_most = 15
`

// A run begins with the state that the other one was best in, waits for it where several are done at once, does what it needs where that was not asked
// for, and its steps count on.
func TestContinuation(t *testing.T) {
	e, err := Read("continued", []byte(continued))
	if err != nil {
		t.Fatal(err)
	}
	var results []map[string]float64
	for _, only := range []Match{nil, {"name": "spectral", "length": "7"}} {
		dir := t.TempDir()
		r, err := e.Run(t.Context(), Options{Dir: dir, Jobs: 3, Only: only, Open: openCPU})
		if err != nil {
			t.Fatal(err)
		}
		last := map[string]float64{}
		for _, row := range r.Rows {
			for i, run := range row.Runs {
				if run == nil {
					continue
				}
				last[fmt.Sprintf("%s, seed %d", row.Variant.Name, i+1)] = run.Last
				want := map[string]int64{"spectral length=6": 6, "spectral length=7": 12}[row.Variant.Name]
				if run.Before.Steps != want || (want > 0) != (run.Config.InitFrom != "") {
					t.Errorf("%s went on after %d steps of %q; want %d", row.Variant.Name, run.Before.Steps, run.Config.InitFrom, want)
				}
			}
		}
		if want := map[bool]int{true: 12, false: 6}[only == nil]; len(last) != want {
			t.Errorf("%d runs of %v; want %d", len(last), only, want)
		}
		results = append(results, last)
		if v := r.Verdicts(); v[0].State != "held" || !strings.Contains(v[0].Why, "15") {
			t.Errorf("%+v; want 12 steps and 3", v[0])
		}
		again, err := e.Run(t.Context(), Options{Dir: dir, Jobs: 1, Only: only, Open: openCPU})
		if err != nil || !reflect.DeepEqual(again.Rows[2].Runs[0].Before, r.Rows[2].Runs[0].Before) {
			t.Errorf("read back: %v, %+v", err, again.Rows[2].Runs[0])
		}
	}
	maps.DeleteFunc(results[0], func(name string, _ float64) bool { return strings.HasPrefix(name, "rnn") })
	if !maps.Equal(results[0], results[1]) {
		t.Errorf("all at once %v, the last alone %v", results[0], results[1])
	}
	fresh, err := Read("fresh", []byte(strings.ReplaceAll(continued, "[[continue]]\nmatch = { name = \"spectral\", length = 7 }\nfrom = { length = 6 }\n", "")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := fresh.Run(t.Context(), Options{Dir: t.TempDir(), Seeds: 1, Jobs: 1, Only: Match{"name": "spectral", "length": "7"}, Open: openCPU})
	if err != nil || r.Rows[2].Runs[0].Last == results[0]["spectral length=7, seed 1"] {
		t.Errorf("%v; the same result without what it went on from", err)
	}
}

func TestContinuationsAreChecked(t *testing.T) {
	refusesChanges(t, continued, map[string][2]string{
		"nobody":           {`match = { name = "spectral", length = 7 }`, `match = { name = "spectral", length = 9 }`},
		"from nothing":     {`from = { length = 5 }`, `from = { length = 9 }`},
		"from several":     {`from = { length = 5 }`, `from = { length = [5, 7] }`},
		"an unknown axis":  {`from = { length = 5 }`, `from = { width = 5 }`},
		"in a circle":      {`from = { length = 5 }`, `from = { length = 7 }`},
		"itself":           {`from = { length = 5 }`, `from = { length = 6 }`},
		"twice":            {`match = { name = "spectral", length = 6 }`, `match = { name = "spectral", length = 7 }`},
		"another network":  {`from = { length = 5 }`, `from = { name = "rnn" }`},
		"the short form's": {"[[claims]]", "[quick]\nkeep = { length = [7] }\n[[claims]]"},
	})
}
