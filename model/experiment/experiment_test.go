package experiment

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

const tiny = `
title = "Tiny"
seeds = 2
gradients = true
[base]
task = "adding"
length = 6
hidden = 4
reflectors = 2
batch = 4
steps = 6
eval-every = 3
valid-size = 8
test-size = 8
test-always = true
[[variants]]
name = "spectral"
[[variants]]
name = "lstm"
cell = "lstm"
[[grid]]
axis = "length"
values = [5, 6]
[[claims]]
text = "few parameters"
variant = { name = "spectral" }
measure = "parameters"
better_than = { name = "lstm" }
each = "length"
[[claims]]
text = "impossible"
at_most = -1.0
[[published]]
match = { name = "lstm" }
what = "theirs"
value = "0.1"
source = "nobody"
[[pictures]]
kind = "gradients"
[[pictures]]
kind = "margin"
[[pictures]]
kind = "against"
x = "length"
[quick]
keep = { length = [5] }
set = { steps = 3 }
`

func TestEveryFileIsGood(t *testing.T) {
	if len(Names()) < 13 {
		t.Errorf("only %v", Names())
	}
	for _, name := range Names() {
		e, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		variants, err := e.Variants(false)
		if err != nil {
			t.Error(err)
		}
		for _, v := range variants {
			c, err := v.asked(1)
			if _, cellErr := model.FindCell(c.Model.Cell); err != nil || c.Model.Cell != "" && cellErr != nil {
				t.Errorf("%s, %s: %v, %v", name, v.Name, err, cellErr)
			}
		}
	}
}

func TestReadIsStrict(t *testing.T) {
	if _, err := Read("tiny", []byte(tiny)); err != nil {
		t.Fatal(err)
	}
	refusesChanges(t, tiny, map[string][2]string{
		"unknown key":               {"seeds = 2", "seeds = 2\nseedz = 3"},
		"unknown setting":           {"hidden = 4", "hiden = 4"},
		"kind of a setting":         {"hidden = 4", "hidden = 4.5"},
		"unknown key of a claim":    {"at_most = -1.0", "atmost = -1.0"},
		"claim about nobody":        {`better_than = { name = "lstm" }`, `better_than = { name = "gru" }`},
		"claim without a bar":       {"at_most = -1.0", ""},
		"unknown measure":           {`measure = "parameters"`, `measure = "size"`},
		"unknown axis":              {`each = "length"`, `each = "width"`},
		"no seeds":                  {"seeds = 2", "seeds = 0"},
		"seed as a setting":         {"hidden = 4", "hidden = 4\nseed = 3"},
		"steps and epochs":          {"steps = 6", "steps = 6\nepochs = 2"},
		"no task":                   {`task = "adding"`, ""},
		"two variants of a name":    {`name = "lstm"`, `name = "spectral"`},
		"a picture of what":         {`kind = "margin"`, `kind = "photo"`},
		"figure without its source": {`source = "nobody"`, ""},
		"nothing in the short form": {"length = [5]", "length = [7]"},
	})
	if _, err := Load("nosuch"); !errors.Is(err, model.ErrConfig) {
		t.Errorf("%v", err)
	}
}

// refusesChanges wants a good file refused after each change: of its first text to its second.
func refusesChanges(t *testing.T, good string, changes map[string][2]string) {
	t.Helper()
	for what, change := range changes {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Fatalf("%s: nothing to change", what)
		}
		if _, err := Read("changed", []byte(text)); !errors.Is(err, model.ErrConfig) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func options(t *testing.T, dir string) Options {
	return Options{Dir: dir, Jobs: 2, Open: openCPU}
}

func TestExperiment(t *testing.T) {
	e, err := Read("tiny", []byte(tiny))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	o := options(t, dir)
	lines := 0
	o.Log = func(string) { // stopped in the middle, then resumed
		if lines++; lines == 2 {
			stop()
		}
	}
	if _, err := e.Run(ctx, o); !errors.Is(err, train.ErrInterrupted) {
		t.Fatalf("stopped: %v", err)
	}
	first := lines
	r, err := e.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := e.Run(t.Context(), options(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if first >= 8 {
		t.Errorf("%d runs ended before the stop took effect", first)
	}
	for i, row := range r.Rows {
		for k, run := range row.Runs {
			w := whole.Rows[i].Runs[k]
			if run.Reason != "done" || run.Last != w.Last || run.Best != w.Best || len(run.Evals) != 2 || math.IsNaN(run.BestTest) {
				t.Errorf("%s, seed %d: %+v, in one go %+v", row.Variant.Name, k+1, run, w)
			}
			if g := run.Gradients; len(g) != 3 || len(g[0].Norms) != run.Config.Length+1 || !(run.RatioLow > 0 && run.RatioLow <= run.RatioHigh) || g[2].Ratio() != w.Gradients[2].Ratio() {
				t.Errorf("%s, seed %d: gradients %v", row.Variant.Name, k+1, g)
			}
		}
		if math.IsNaN(row.Runs[0].Margin) != (row.Variant.Labels["name"] == "lstm") {
			t.Errorf("%s: margin %g", row.Variant.Name, row.Runs[0].Margin)
		}
	}
	states := ""
	for _, v := range r.Verdicts() {
		states += v.State + ";"
	}
	if states != "held;held;not held;" {
		t.Errorf("%s: %+v", states, r.Verdicts())
	}
	if err := r.Write(); err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || strings.Count(string(html), "<svg") != 3 || strings.Contains(string(html), "<script") || strings.Contains(string(html), "<?xml") || !strings.Contains(string(html), "theirs 0.1") {
		t.Errorf("%v\n%.2000s", err, html)
	}
}

func TestChangedExperimentIsRefused(t *testing.T) {
	e, _ := Read("tiny", []byte(tiny))
	o := options(t, t.TempDir())
	o.Quick = true
	r, err := e.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Verdicts(); v[0].State != "open" {
		t.Errorf("the short form decides: %+v", v)
	}
	e.Quick.Set["hidden"] = int64(5)
	if _, err := e.Run(t.Context(), o); !errors.Is(err, model.ErrConfig) || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("%v", err)
	}
}

func TestArithmetic(t *testing.T) {
	m, sd := meanAndSpread([]float64{0.9, 0.92, 0.97})
	if math.Abs(m-0.93) > 1e-12 || math.Abs(sd-math.Sqrt(0.0013)) > 1e-12 { // deviations −0.03, −0.01, 0.04: 0.0026/2
		t.Errorf("%g ± %g", m, sd)
	}
	if m, sd := meanAndSpread([]float64{2}); m != 2 || !math.IsNaN(sd) {
		t.Errorf("%g ± %g", m, sd)
	}
	nan := math.NaN()
	row := func(name string, last ...float64) Outcome {
		o := Outcome{Variant: Variant{Name: name, Labels: map[string]string{"name": name}}}
		for _, v := range last {
			o.Runs = append(o.Runs, &Result{Last: v, Metric: "accuracy", Evals: []Eval{{10, 0.5, v}, {20, 0.1, v}}})
		}
		return o
	}
	if got := row("a", 0.5, nan, 0.7).cell("last"); got != "60.00 % ± 14.14 (1 without)" {
		t.Errorf("cell %q", got)
	}
	r := &Report{Experiment: &Experiment{}, Rows: []Outcome{row("a", 0.8, 0.9), row("b", 0.7, 0.8), row("dead", nan, 0.9), row("part", 0.9)}}
	r.Rows[3].Runs = append(r.Rows[3].Runs, nil)
	low := 0.85
	high := 0.86
	for want, c := range map[string]Claim{
		"held":        {Variant: Match{"name": "a"}, AtLeast: &low, BetterThan: Match{"name": "b"}},
		"not held":    {Variant: Match{"name": "b"}, BetterThan: Match{"name": "a"}},
		"not held ":   {Variant: Match{"name": "dead"}, BetterThan: Match{"name": "b"}},
		"held ":       {Variant: Match{"name": "b"}, BetterThan: Match{"name": "dead"}},
		"open":        {Variant: Match{"name": "part"}, AtLeast: &low},
		"not held  ":  {Variant: Match{"name": []any{"a", "b"}}, AtLeast: &high},
		"held  ":      {Variant: Match{"name": "a"}, Measure: "steps-below", Below: 0.2, AtMost: ptr(20)},
		"not held   ": {Variant: Match{"name": "a"}, Measure: "steps-below", Below: 0.05, AtMost: ptr(20)},
	} {
		if v := r.judge(c, "", nil); v.State != strings.TrimSpace(want) {
			t.Errorf("%+v: %+v, want %s", c, v, want)
		}
	}
}

func ptr(v float64) *float64 { return &v }

// With Only, the report has what was done before, and nothing else is trained.
func TestOnly(t *testing.T) {
	e, err := Read("tiny", []byte(tiny))
	if err != nil {
		t.Fatal(err)
	}
	run := func(only Match) map[string]int {
		t.Helper()
		r, err := e.Run(t.Context(), Options{Dir: t.TempDir(), Seeds: 1, Jobs: 1, Only: only, Open: openCPU})
		if err != nil {
			t.Fatal(err)
		}
		return done(r)
	}
	if got := run(Match{"name": "lstm", "length": "5"}); len(got) != 1 || got["lstm length=5"] != 1 {
		t.Errorf("trained %v", got)
	}
	if got := run(Match{"length": []any{"5", "6"}}); len(got) != 4 {
		t.Errorf("trained %v", got)
	}
	dir := t.TempDir()
	for i, name := range []string{"spectral", "lstm"} {
		r, err := e.Run(t.Context(), Options{Dir: dir, Seeds: 1, Jobs: 1, Only: Match{"name": name}, Open: openCPU})
		if err != nil {
			t.Fatal(err)
		}
		if got := done(r); len(got) != 2*(i+1) {
			t.Errorf("after %s there is %v", name, got)
		}
		var text strings.Builder
		if err := r.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if lines, left := len(r.table()), strings.Contains(text.String(), "Not run: lstm length=5; lstm length=6\n"); lines != 2*(i+1) || left != (i == 0) {
			t.Errorf("after %s the report has %d lines:\n%s", name, lines, text.String())
		}
	}
	for _, bad := range []Match{{"width": "5"}, {"length": "7"}, {"name": []any{}}} {
		if _, err := e.Run(t.Context(), Options{Dir: dir, Jobs: 1, Only: bad, Open: openCPU}); !errors.Is(err, model.ErrConfig) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// done counts the runs of every variant that has some.
func done(r *Report) map[string]int {
	all := map[string]int{}
	for _, row := range r.Rows {
		for _, run := range row.Runs {
			if run != nil {
				all[row.Variant.Name]++
			}
		}
	}
	return all
}

func openCPU() (*gpu.Device, error) { return gpu.Open("cpu", gpu.Options{Threads: 1}) }
