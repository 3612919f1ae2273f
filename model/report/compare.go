package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/plotter"

	"github.com/spectral-gpu/spectral-gpu/model/chart"
	"github.com/spectral-gpu/spectral-gpu/model/inspect"
)

// labelled is a run among others.
type labelled struct {
	*Run
	settings map[string]value
	label    string // of its curves: what it differs in, but for the seed
	color    int    // one a label
}

// Compare is the report of several runs: curves over each other, and a table of what they differ in with what came out.
func Compare(runs []*Run) *Page {
	names := differing(runs)
	all := label(runs, names)
	p := &Page{Title: fmt.Sprintf("%d runs", len(runs)), Subtitle: commonSubtitle(runs)}
	beside, apart := names, []string(nil)
	if len(names) > mostBeside {
		beside, apart = nil, names
	}
	p.Sections = []Section{
		{Title: "Results", Parts: []Part{{Table: comparison(all, beside)}, {Title: "Over seeds", Table: overSeeds(all, names)}, {Title: "What they differ in", Table: differences(all, apart)}}, Notes: comparisonNotes(all, names)},
		{Title: "Curves", Parts: []Part{{Charts: overlays(all)}}},
		{Title: "Spectrum", Parts: []Part{{Charts: spectra(all)}}},
		gradientsBeside(all),
		commonSettings(runs, names),
		environment(runs),
		notesSection(runs),
	}
	return p
}

// overSeeds is a row for the runs of each label, where several of them differ in their seed alone: mean, standard deviation and extremes.
func overSeeds(all []labelled, names []string) *Table {
	t := &Table{Head: []Cell{{Text: "runs"}, num("how many"), num("mean"), num("standard deviation"), num("lowest"), num("highest")}}
	values := map[string][]float64{}
	several := false
	for _, l := range all {
		if v, _ := l.Figures.result(); !math.IsNaN(v) {
			values[l.label] = append(values[l.label], v)
			several = several || len(values[l.label]) > 1
		}
	}
	if !several || !slices.Contains(names, "seed") {
		return t
	}
	for _, l := range all {
		v := values[l.label]
		if v == nil {
			continue
		}
		delete(values, l.label)
		mean, deviation := stat.MeanStdDev(v, nil) // NaN of one number
		show := func(x float64) Cell { return num(Show(l.Spec.Metric, x)) }
		t.Rows = append(t.Rows, []Cell{{Text: l.label, Class: swatch(l)}, num(fmt.Sprint(len(v))), show(mean), show(deviation), show(slices.Min(v)), show(slices.Max(v))})
	}
	return t
}

// mostBeside is how many settings stand beside the results; more of them have a table of their own.
const mostBeside = 5

// differences is a row for each setting in which runs differ.
func differences(all []labelled, names []string) *Table {
	t := &Table{Head: cells("setting")}
	for _, l := range all {
		t.Head = append(t.Head, Cell{Text: l.Name, Class: swatch(l)})
	}
	for _, n := range names {
		row := cells(n)
		for _, l := range all {
			row = append(row, Cell{Text: l.settingOf(n, l.settings)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// swatch is the class of a cell with the colour of a run.
func swatch(l labelled) string { return fmt.Sprintf("swatch key%d", l.color%chart.Colors()) }

// label names runs by what they differ in.
func label(runs []*Run, names []string) []labelled {
	colors := map[string]int{}
	var all []labelled
	for _, r := range runs {
		l := labelled{Run: r, settings: r.settings()}
		var parts []string
		for _, n := range names {
			if n != "seed" {
				parts = append(parts, n+" "+r.settingOf(n, l.settings))
			}
		}
		l.label = short(strings.Join(parts, ", "), 48)
		if len(parts) > 3 || len(parts) == 0 && len(names) == 0 {
			l.label = r.Name
		}
		if len(parts) == 0 && len(names) > 0 { // the seed alone
			l.label = "every seed"
		}
		if _, ok := colors[l.label]; !ok {
			colors[l.label] = len(colors)
		}
		l.color = colors[l.label]
		all = append(all, l)
	}
	return all
}

func commonSubtitle(runs []*Run) string {
	var tasks []string
	for _, r := range runs {
		if !slices.Contains(tasks, r.Config.Task) {
			tasks = append(tasks, r.Config.Task)
		}
	}
	return "Task " + strings.Join(tasks, ", ")
}

// comparison is a row a run: what it differs in, and what came out. The best result is marked.
func comparison(all []labelled, names []string) *Table {
	t := &Table{Head: cells("run")}
	for _, n := range names {
		t.Head = append(t.Head, Cell{Text: n})
	}
	metric := all[0].Spec.Metric
	same := !slices.ContainsFunc(all, func(l labelled) bool { return l.Spec.Metric != metric || l.Config.Task != all[0].Config.Task })
	t.Head = append(t.Head, Cell{Text: "state"}, num("parameters"), num("steps"), num("best validation"), num("test, last state"), num("test, best state"), num("σ"), num("time"))
	best, top := -1, math.NaN()
	for i, l := range all {
		if v, _ := l.Figures.result(); metric.Better(v, top) {
			best, top = i, v
		}
	}
	for i, l := range all {
		f := l.Figures
		row := []Cell{{Text: l.Name, Class: swatch(l)}}
		for _, n := range names {
			row = append(row, Cell{Text: l.settingOf(n, l.settings)})
		}
		state := Cell{Text: l.State}
		if !l.Good {
			state.Class = "not"
		}
		sigma := none
		if f.SigmaHigh != 0 && !math.IsNaN(f.SigmaHigh) {
			sigma = band(f.SigmaLow, f.SigmaHigh)
		}
		took := none
		if s := l.seconds(); s > 0 {
			took = duration(s)
		}
		last, bestTest := num(Show(l.Spec.Metric, f.Test)), num(Show(l.Spec.Metric, f.BestTest))
		if same && i == best && len(all) > 1 {
			if math.IsNaN(f.BestTest) {
				last.Class = "held"
			} else {
				bestTest.Class = "held"
			}
		}
		t.Rows = append(t.Rows, append(row, state, num(count(l.parameters())), num(count(l.Step)), num(Show(l.Spec.Metric, f.BestValid)), last, bestTest, num(sigma), num(took)))
	}
	return t
}

func comparisonNotes(all []labelled, names []string) []string {
	var metrics []string
	for _, l := range all {
		if n := name(l.Spec.Metric); !slices.Contains(metrics, n) {
			metrics = append(metrics, n)
		}
	}
	notes := []string{"Results are " + strings.Join(metrics, "; ") + "."}
	if slices.Contains(names, "seed") && len(names) > 1 {
		notes = append(notes, "Runs that differ only in their seed have one colour.")
	}
	return notes
}

// overlays are the curves of all runs over each other. Raw numbers would hide each other: training is smoothed.
func overlays(all []labelled) []chart.Chart {
	one := func(title, y string, log bool, points func(l labelled) plotter.XYs, marks bool) chart.Chart {
		c := chart.Chart{Title: title, X: "step", Y: y, Log: log}
		for _, l := range all {
			pts := points(l)
			c.Lines = append(c.Lines, chart.Line{Name: l.label, Points: pts, Color: l.color, Marks: marks && len(pts) < 30})
		}
		return c
	}
	smoothed := func(column string) func(l labelled) plotter.XYs {
		return func(l labelled) plotter.XYs {
			raw := l.Curves.Of(column, "train")
			if s := chart.Smooth(raw); s != nil {
				return spread(s, 400)
			}
			return raw
		}
	}
	evaluated := func(column string) func(l labelled) plotter.XYs {
		return func(l labelled) plotter.XYs {
			if pts := l.Curves.Of(column, "valid"); len(pts) > 0 {
				return pts
			}
			return l.Curves.Of(column, "test")
		}
	}
	return []chart.Chart{
		one("training loss, smoothed", "loss", true, smoothed("loss"), false),
		one("loss at evaluations", "loss", true, evaluated("loss"), true),
		one("training accuracy, smoothed", "accuracy", false, smoothed("accuracy"), false),
		one("accuracy at evaluations", "accuracy", false, evaluated("accuracy"), true),
		one("gradient norm, smoothed", "‖g‖", true, smoothed("grad_norm"), false),
	}
}

// spectra draws the smallest and the largest singular value of each run over training.
func spectra(all []labelled) []chart.Chart {
	c := chart.Chart{Title: "smallest and largest singular value of W", X: "step", Y: "σ"}
	for _, l := range all {
		if _, _, ok := l.Config.Band(); !ok {
			continue
		}
		for _, column := range []string{"sigma_min", "sigma_max"} {
			c.Lines = append(c.Lines, chart.Line{Name: l.label, Points: spread(l.Curves.Of(column, "train"), 400), Color: l.color})
		}
	}
	lo, hi, ok := all[0].Config.Band()
	if ok && !slices.ContainsFunc(all, func(l labelled) bool { a, b, has := l.Config.Band(); return !has || a != lo || b != hi }) {
		c.Limits = []chart.Limit{{Name: "σ* + r", Y: hi}, {Name: "σ* − r", Y: lo}}
	}
	return []chart.Chart{c}
}

// gradientsBeside draws the last gradients through time of each run; of runs that differ in the seed alone, those of one.
func gradientsBeside(all []labelled) Section {
	c := chart.Chart{Title: "‖dL/dh_t‖ at the checkpoint", X: "t", Y: "‖dL/dh_t‖", Log: true}
	var seen []string
	for _, l := range all {
		g := l.gradients()
		if len(g) == 0 || slices.Contains(seen, l.label) {
			continue
		}
		seen = append(seen, l.label)
		norms := g[len(g)-1].Norms
		pts := inspect.OverTime(thin(norms))
		for i := range pts {
			pts[i].X *= float64(stride(len(norms)))
		}
		c.Lines = append(c.Lines, chart.Line{Name: l.label, Points: pts, Color: l.color})
	}
	return Section{Title: "Gradients through time", Parts: []Part{{Charts: []chart.Chart{c}}}}
}

// commonSettings lists what all runs have in common.
func commonSettings(runs []*Run, names []string) Section {
	s := runs[0].settingsSection()
	t := s.Parts[0].Table
	group := ""
	var rows [][]Cell
	for _, row := range t.Rows {
		if row[0].Text != "" {
			group = row[0].Text
		}
		if slices.Contains(names, row[1].Text) {
			continue
		}
		if row[0].Text = group; len(rows) > 0 && lastGroup(rows) == group {
			row[0].Text = ""
		}
		rows = append(rows, row)
	}
	t.Rows = rows
	s.Title, s.Parts[0].Folded = "Common settings", fmt.Sprintf("%d settings that all runs share", len(rows))
	return s
}

// lastGroup is the group that the last row belongs to.
func lastGroup(rows [][]Cell) string {
	for _, row := range slices.Backward(rows) {
		if row[0].Text != "" {
			return row[0].Text
		}
	}
	return ""
}
