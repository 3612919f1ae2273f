package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/chart"
	"github.com/spectral-gpu/spectral-gpu/model/inspect"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// Options of Write.
type Options struct {
	Title string   // "" makes one of the runs
	Text  string   // said first
	Code  string   // a command, shown as such
	Notes []string // said with the results, such as which runs failed
	Foot  string   // said last; "" tells when and by what the report was written
}

// Write writes the report of one run, or of several beside each other.
func Write(w io.Writer, runs []*Run, o Options) error {
	p := Compare(runs)
	if len(runs) == 1 {
		p = runs[0].page()
	}
	p.Title = cmp.Or(o.Title, p.Title)
	if o.Text != "" || o.Code != "" {
		p.Sections = append([]Section{{Text: o.Text, Code: o.Code}}, p.Sections...)
	}
	if len(o.Notes) > 0 {
		p.Sections = slices.Insert(p.Sections, 1, Section{Title: "Runs that failed", Notes: o.Notes})
	}
	p.Foot = cmp.Or(o.Foot, "Written by spectral-gpu "+model.Version()+" on "+time.Now().Format("2 January 2006, 15:04")+".")
	return p.Write(w)
}

// page is the report of one run.
func (r *Run) page() *Page {
	p := &Page{Title: r.Name, Subtitle: r.subtitle(), State: r.State, Good: r.Good, Tiles: r.tiles()}
	var charts []chart.Chart
	for _, c := range r.Curves.Charts(r.Config) {
		if c.Title != spectrumTitle {
			charts = append(charts, c)
		}
	}
	p.Sections = []Section{
		{Title: "Curves", Parts: []Part{{Charts: charts}}, Text: r.curvesText()},
		r.spectrumSection(),
		r.gradientSection(),
		r.predictionSection(),
		r.settingsSection(),
		environment([]*Run{r}),
		notesSection([]*Run{r}),
	}
	return p
}

// spectrumTitle is that of the chart of singular values among train.Curves.Charts.
const spectrumTitle = "singular values of W"

func (r *Run) subtitle() string {
	m := r.Config.Model
	s := fmt.Sprintf("%s on %s", m.Cell, r.Config.Task)
	s += fmt.Sprintf(": n = %d", m.Hidden)
	if m.Layers > 1 {
		s += fmt.Sprintf(", %d layers", m.Layers)
	}
	if _, _, ok := r.Config.Band(); ok {
		s += fmt.Sprintf(", %d reflectors a side", m.Reflectors)
	}
	return s + fmt.Sprintf(", T = %d, batches of %d", m.Length, m.Batch)
}

func (r *Run) curvesText() string {
	if r.Step == 0 {
		return "No step has been done yet."
	}
	return ""
}

func (r *Run) tiles() []Tile {
	f, metric := r.Figures, r.Spec.Metric
	value, what := f.result()
	tiles := []Tile{{Name: name(metric), Value: Show(metric, value), Note: what}}
	if !math.IsNaN(f.BestTest) && !math.IsNaN(f.Test) {
		tiles = append(tiles, Tile{Name: name(metric), Value: Show(metric, f.Test), Note: "test, last state"})
	}
	if !math.IsNaN(f.BestValid) {
		tiles = append(tiles, Tile{Name: name(metric), Value: Show(metric, f.BestValid), Note: fmt.Sprintf("best on validation, at step %s", count(f.BestValidStep))})
	}
	tiles = append(tiles, Tile{Name: "steps", Value: count(r.Step), Note: r.lengthNote()})
	if n := r.parameters(); n > 0 {
		tiles = append(tiles, Tile{Name: "parameters", Value: count(n)})
	}
	if s := r.seconds(); s > 0 {
		tiles = append(tiles, Tile{Name: "time", Value: duration(s), Note: r.sessionNote()})
	}
	if !math.IsNaN(f.SigmaLow) && f.SigmaHigh != 0 {
		tiles = append(tiles, Tile{Name: "σ in all steps", Value: band(f.SigmaLow, f.SigmaHigh), Note: r.bandNote()})
	}
	return tiles
}

func (r *Run) bandNote() string {
	lo, hi, ok := r.Config.Band()
	if !ok {
		return ""
	}
	return "band " + band(lo, hi)
}

func (r *Run) lengthNote() string {
	if last, err := r.Config.LastStep(r.Spec); err == nil && last != r.Step {
		return "of " + count(last)
	}
	if r.Config.Epochs > 0 {
		return fmt.Sprintf("%d epochs", r.Config.Epochs)
	}
	return ""
}

func (r *Run) sessionNote() string {
	n := 0
	for _, s := range r.Sessions {
		if s.Steps >= s.FirstStep {
			n++
		}
	}
	if n > 1 {
		return fmt.Sprintf("in %d sessions", n)
	}
	return ""
}

func (r *Run) seconds() (sum float64) {
	for _, s := range r.Sessions {
		sum += s.Seconds
	}
	return sum
}

// parameters is their number: what a session noted, else what the checkpoint holds.
func (r *Run) parameters() int64 {
	for _, s := range slices.Backward(r.Sessions) {
		if s.Parameters > 0 {
			return int64(s.Parameters)
		}
	}
	n := 0
	if r.Checkpoint != nil {
		for _, t := range r.Checkpoint.Tensors {
			if !strings.HasPrefix(t.Name, "optim.") && !strings.HasPrefix(t.Name, "state.") {
				n += len(t.Data)
			}
		}
	}
	return int64(n)
}

// spectrumSection shows the singular values over training, and those of every weight at the checkpoint.
func (r *Run) spectrumSection() Section {
	s := Section{Title: "Spectrum"}
	var charts []chart.Chart
	for _, c := range r.Curves.Charts(r.Config) {
		if c.Title == spectrumTitle {
			c.Title = "singular values over training"
			charts = append(charts, c)
		}
	}
	if r.Measured == nil || len(r.Measured.Weights) == 0 {
		s.Parts = []Part{{Charts: charts}}
		return s
	}
	t := &Table{Head: []Cell{{Text: "weight"}, {Text: "size"}, {Text: "kind"}, num("σ min"), num("median"), num("σ max = ‖W‖₂"), num("‖W‖_F"), num("condition")}}
	sorted := chart.Chart{Title: "singular values at the checkpoint, sorted", X: "share of the singular values", Y: "σ"}
	for _, w := range r.Measured.Weights {
		if len(w.Sigma) == 0 {
			continue
		}
		kind, condition := "free", "singular"
		if w.Factored {
			kind = fmt.Sprintf("U diag(σ) Vᵀ, %d reflectors", w.Reflectors)
		}
		if w.Condition > 0 {
			condition = show(w.Condition)
		}
		t.Rows = append(t.Rows, []Cell{{Text: w.Name}, {Text: fmt.Sprintf("%d × %d", w.Rows, w.Cols), Class: "whole"}, {Text: kind}, num(show(inspect.Quantile(w.Sigma, 0))),
			num(show(inspect.Quantile(w.Sigma, 0.5))), num(show(w.Norm)), num(show(w.Frobenius)), num(condition)})
		if w.Recurrent || w.Factored {
			sorted.Lines = append(sorted.Lines, chart.Line{Name: w.Name, Points: overShare(w.Sigma), Color: len(sorted.Lines)})
		}
	}
	if len(sorted.Lines) > chart.Colors() { // the first, the last and some between
		sorted.Lines = spread(sorted.Lines, chart.Colors())
		for i := range sorted.Lines {
			sorted.Lines[i].Color = i
		}
	}
	if lo, hi, ok := r.Config.Band(); ok {
		sorted.Limits = []chart.Limit{{Name: "σ* + r", Y: hi}, {Name: "σ* − r", Y: lo}}
	}
	s.Parts = []Part{{Charts: append(charts, sorted)}, {Table: t}}
	if len(t.Rows) > 12 {
		s.Parts[1].Folded = fmt.Sprintf("All %d weights", len(t.Rows))
	}
	s.Notes = []string{fmt.Sprintf("Weights are those of %s.", r.stateName())}
	return s
}

// stateName says which state was looked at.
func (r *Run) stateName() string {
	if r.Checkpoint == nil {
		return "no state"
	}
	if r.Best {
		return fmt.Sprintf("the state that was best on the validation split, after step %s", count(r.Checkpoint.Position.Step))
	}
	return fmt.Sprintf("the last state, after step %s", count(r.Checkpoint.Position.Step))
}

// spread picks n of many, evenly, the first and the last included.
func spread[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	out := make([]T, n)
	for i := range out {
		out[i] = all[i*(len(all)-1)/(n-1)]
	}
	return out
}

// gradientSection shows ‖dL/dh_t‖ over t, as recorded in training and as measured now.
func (r *Run) gradientSection() Section {
	all := r.gradients()
	if len(all) == 0 {
		return Section{}
	}
	c := chart.Chart{Title: "‖dL/dh_t‖ over the time steps of the first recurrence", X: "t", Y: "‖dL/dh_t‖", Log: true}
	t := &Table{Head: []Cell{{Text: "after step"}, num("‖dL/dh_1‖"), num("‖dL/dh_T‖"), num("ratio")}}
	for i, g := range spread(all, 6) {
		label := "step " + count(g.Step)
		if g.Step == 0 {
			label = "start"
		}
		c.Lines = append(c.Lines, chart.Line{Name: label, Points: inspect.OverTime(thin(g.Norms)), Color: i})
		if step := stride(len(g.Norms)); step > 1 {
			for k := range c.Lines[i].Points {
				c.Lines[i].Points[k].X *= float64(step)
			}
		}
		t.Rows = append(t.Rows, []Cell{{Text: label}, num(show(g.Norms[1])), num(show(g.Norms[len(g.Norms)-1])), num(show(g.Ratio()))})
	}
	return Section{Title: "Gradients through time", Parts: []Part{{Charts: []chart.Chart{c}, Table: t}},
		Notes: []string{"Of sequences of the first training batch. A flat line is a gradient that neither explodes nor vanishes on its way back; where the loss reads every state, ‖dL/dh_T‖ of the last one is 0 and the state before it is compared."}}
}

// gradients returns those recorded in training; where there are none, those measured now.
func (r *Run) gradients() []train.Gradients {
	all := r.Gradients
	if len(all) == 0 && r.Measured != nil {
		all = r.Measured.Gradients
	}
	return slices.DeleteFunc(slices.Clone(all), func(g train.Gradients) bool { return len(g.Norms) < 2 })
}

// most is how many time steps are drawn.
const most = 500

func stride(n int) int { return (n + most - 1) / most }

func thin(v []float64) []float64 {
	var out []float64
	for i := 0; i < len(v); i += stride(len(v)) {
		out = append(out, v[i])
	}
	return out
}

// environment tells where and when runs were trained.
func environment(runs []*Run) Section {
	s := Section{Title: "Environment"}
	t := &Table{Head: []Cell{{Text: "started"}, {Text: "device"}, {Text: "executor"}, {Text: "system"}, {Text: "version"}, num("steps"), num("time"), {Text: "end"}}}
	if len(runs) > 1 {
		t.Head = append([]Cell{{Text: "run"}}, t.Head...)
	}
	for _, r := range runs {
		for _, n := range r.Sessions {
			end, steps := cmp.Or(n.Reason, "none: running, or ended without a word"), none
			if n.Error != "" {
				end += ": " + n.Error
			}
			if n.Steps >= n.FirstStep {
				steps = fmt.Sprintf("%d … %d", n.FirstStep, n.Steps)
			}
			row := []Cell{{Text: n.Started.Local().Format("2006-01-02 15:04"), Class: "num"}, {Text: n.Device}, {Text: executor(n)}, {Text: n.System + ", " + n.Go},
				{Text: orNone(n.Version)}, num(steps), num(duration(n.Seconds)), {Text: end}}
			if len(runs) > 1 {
				row = append([]Cell{{Text: r.Name}}, row...)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	s.Parts = []Part{{Table: t}}
	if len(t.Rows) == 0 {
		s.Notes = []string{"The folder does not say where it was trained: it is of an earlier version."}
	}
	for _, r := range runs {
		if abs, err := filepath.Abs(r.Folder.Dir); err == nil && len(runs) == 1 {
			s.Notes = append(s.Notes, "Folder: "+abs)
		}
	}
	return s
}

// executor names it, with the driver where there is one.
func executor(s train.Session) string {
	if s.Executor == "cpu" { // whose driver is Go itself
		return s.Executor
	}
	return strings.TrimSpace(s.Executor + " " + s.Driver)
}

// notesSection tells what is missing.
func notesSection(runs []*Run) Section {
	s := Section{Title: "Not shown"}
	for _, r := range runs {
		for _, n := range r.Notes {
			if len(runs) > 1 {
				n = r.Name + ": " + n
			}
			if !slices.Contains(s.Notes, n) {
				s.Notes = append(s.Notes, n)
			}
		}
	}
	if len(s.Notes) == 0 {
		return Section{}
	}
	return s
}
