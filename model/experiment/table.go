package experiment

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// Report is what an experiment has shown so far.
type Report struct {
	Experiment *Experiment
	Quick      bool
	Dir        string
	Command    string // that makes it, for whoever reads it
	Rows       []Outcome
	Failed     []Failure // of a sweep: runs that are not there
}

// Failure is a run that ended with an error.
type Failure struct {
	Run string
	Err error
}

// Outcome is the runs of a variant, one a seed; those that are not done are nil.
type Outcome struct {
	Variant Variant
	Runs    []*Result
}

func (r *Report) matching(m Match) []Outcome {
	return slices.DeleteFunc(slices.Clone(r.Rows), func(o Outcome) bool { return !o.Variant.matches(m) })
}

// notRun tells that no run is done.
func (o Outcome) notRun() bool {
	return !slices.ContainsFunc(o.Runs, func(r *Result) bool { return r != nil })
}

// numbers returns a number of every run, nil where runs are missing.
func (o Outcome) numbers(measure string, below float64) []float64 {
	var all []float64
	for _, r := range o.Runs {
		if r == nil {
			return nil
		}
		all = append(all, r.measure(measure, below))
	}
	return all
}

// metric returns that of the first run there is.
func (o Outcome) metric() data.Metric {
	for _, r := range o.Runs {
		if r != nil {
			return r.Metric
		}
	}
	return ""
}

// show writes a value of a metric: shares as percent.
func show(m data.Metric, v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case m == data.Accuracy:
		return fmt.Sprintf("%.2f %%", 100*v)
	}
	return fmt.Sprintf("%.4g", v)
}

func (r *Report) show(measure string, v float64) string {
	switch measure {
	case "", "last", "best", "best-test", "valid":
		for _, row := range r.Rows {
			if m := row.metric(); m != "" {
				return show(m, v)
			}
		}
	}
	if math.IsNaN(v) {
		return "none"
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 { // steps and parameters
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}

// cell is mean ± spread of those runs that have the number, with how many have not.
func (o Outcome) cell(measure string) string {
	var there []float64
	missing := 0
	for _, r := range o.Runs {
		if r == nil {
			continue
		}
		if v := r.measure(measure, 0); math.IsNaN(v) {
			missing++
		} else {
			there = append(there, v)
		}
	}
	if len(there) == 0 {
		return "–"
	}
	m, sd := meanAndSpread(there)
	text := show(o.metric(), m)
	if !math.IsNaN(sd) {
		text += " ± " + strings.TrimSuffix(show(o.metric(), sd), " %")
	}
	if missing > 0 {
		text += fmt.Sprintf(" (%d without)", missing)
	}
	return text
}

// Headings of the table. The third column of results is chosen on the test split, as several papers have it.
var headings = []string{"variant", "parameters", "runs", "diverged", "test, last state", "test, best validated state", "best test epoch (chosen on test)", "time a run", "device", "published"}

// numeric are the headings of numbers.
var numeric = map[string]bool{"parameters": true, "diverged": true, "test, last state": true, "test, best validated state": true, "best test epoch (chosen on test)": true, "time a run": true}

// table returns the lines of the table, of the variants that have runs.
func (r *Report) table() [][]string {
	var lines [][]string
	for _, o := range r.Rows {
		if o.notRun() {
			continue
		}
		done, diverged, seconds, parameters, device := 0, 0, 0.0, 0, ""
		for _, run := range o.Runs {
			if run == nil {
				continue
			}
			done++
			if run.Reason == "diverged" {
				diverged++
			}
			seconds += run.Before.Seconds + run.Seconds
			parameters, device = run.Parameters, run.Device
		}
		var published []string
		for _, p := range r.Experiment.Published {
			if len(p.Match) > 0 && o.Variant.matches(p.Match) {
				published = append(published, strings.TrimSpace(p.What+" "+p.Value))
			}
		}
		lines = append(lines, []string{o.Variant.Name, fmt.Sprint(parameters), fmt.Sprintf("%d of %d", done, len(o.Runs)), fmt.Sprint(diverged), o.cell("last"), o.cell("best"),
			o.cell("best-test"), fmt.Sprintf("%.0f s", seconds/float64(done)), device, strings.Join(published, "; ")})
	}
	return lines
}

// shown is the table without the columns in which no line says anything.
func (r *Report) shown() (head []string, lines [][]string) {
	lines = r.table()
	head = slices.Clone(headings)
	for i := len(head) - 1; i >= 0; i-- {
		if slices.ContainsFunc(lines, func(line []string) bool { return line[i] != "" && line[i] != "–" }) {
			continue
		}
		head = slices.Delete(head, i, i+1)
		for k := range lines {
			lines[k] = slices.Delete(lines[k], i, i+1)
		}
	}
	return head, lines
}

// left names the variants that have no run yet, empty if there are none.
func (r *Report) left() string {
	var names []string
	for _, o := range r.Rows {
		if o.notRun() {
			names = append(names, o.Variant.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Not run: " + strings.Join(names, "; ")
}

// WriteText writes the table, the published figures with their sources, and the claims.
func (r *Report) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s%s\n", r.Experiment.Title, map[bool]string{true: " (short form: not the experiment's sizes)"}[r.Quick])
	head, lines := r.shown()
	if len(lines) > 0 {
		fmt.Fprintln(w, strings.Join(head, "\t"))
	}
	for _, line := range lines {
		fmt.Fprintln(w, strings.Join(line, "\t"))
	}
	for _, f := range r.Failed {
		fmt.Fprintf(w, "%s\tfailed\n", f.Run)
	}
	if left := r.left(); left != "" {
		fmt.Fprintln(w, left)
	}
	if len(r.Experiment.Published) > 0 {
		fmt.Fprintln(w, "\npublished by others:")
	}
	for _, p := range r.Experiment.Published {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", p.What, p.Value, p.Source)
	}
	if len(r.Experiment.Claims) > 0 {
		fmt.Fprintln(w, "\nclaims:")
	}
	for _, v := range r.Verdicts() {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", v.State, v.Text, v.Why)
	}
	return w.Flush()
}
