package experiment

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/spectral-gpu/spectral-gpu/model/chart"
	"github.com/spectral-gpu/spectral-gpu/model/inspect"
)

// figure is a chart with the name of its file, without an ending.
type figure struct {
	file  string
	chart chart.Chart
}

// line is a curve of a plot.
type line struct {
	name string
	pts  plotter.XYs
}

// plots draws the pictures that the file asks for, of the runs there are; curves where it asks for none.
func (r *Report) plots() []figure {
	pictures := r.Experiment.Pictures
	if len(pictures) == 0 {
		pictures = []Picture{{Kind: "curves"}}
	}
	var all []figure
	for _, p := range pictures {
		panels := []string{""}
		if p.Panels != "" {
			panels = r.values(p.Panels)
		}
		for _, panel := range panels {
			rows := r.Rows
			title, file := p.Kind, p.Kind
			if p.Panels != "" {
				rows = r.matching(Match{p.Panels: panel})
				title, file = fmt.Sprintf("%s, %s=%s", p.Kind, p.Panels, panel), p.Kind+"-"+strings.NewReplacer("/", "_", ":", "_", " ", "_").Replace(panel)
			}
			lines := r.lines(p, rows)
			if c := p.chart(title, r.axis(p), lines); c.HasPoints() {
				all = append(all, figure{file, c})
			}
		}
	}
	return all
}

// values returns the labels of an axis in order.
func (r *Report) values(axis string) []string {
	var out []string
	for _, row := range r.Rows {
		if v, ok := row.Variant.Labels[axis]; ok && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// axis says what is on the vertical axis.
func (r *Report) axis(p Picture) string {
	switch p.Kind {
	case "margin":
		return "max |σ−σ*|"
	case "gradients":
		return "‖dL/dh_t‖"
	}
	for _, row := range r.Rows {
		if m := row.metric(); m != "" {
			return string(m)
		}
	}
	return ""
}

func (r *Report) lines(p Picture, rows []Outcome) []line {
	if p.Kind == "against" {
		return against(p.X, rows)
	}
	var all []line
	for _, o := range rows {
		for _, run := range o.Runs {
			if run == nil {
				continue
			}
			var pts plotter.XYs
			switch p.Kind {
			case "curves":
				for _, e := range run.Evals {
					pts = append(pts, plotter.XY{X: float64(e.Step), Y: e.Value})
				}
			case "margin":
				for _, e := range run.MarginPath {
					pts = append(pts, plotter.XY{X: float64(e.Step), Y: e.Value})
				}
			case "gradients":
				if len(run.Gradients) == 0 {
					break
				}
				pts = inspect.OverTime(run.Gradients[len(run.Gradients)-1].Norms)
			}
			all = append(all, line{o.Variant.Name, pts})
			if p.Kind == "gradients" {
				break // one seed is enough
			}
		}
	}
	return all
}

// against returns the mean result over the values of an axis, a line for each combination of the others.
func against(x string, rows []Outcome) []line {
	var all []line
	at := map[string]int{}
	for _, o := range rows {
		where, err := strconv.ParseFloat(o.Variant.Labels[x], 64)
		n := o.numbers("last", 0)
		if err != nil || n == nil {
			continue
		}
		name := strings.TrimSpace(strings.ReplaceAll(o.Variant.Name, x+"="+o.Variant.Labels[x], ""))
		i, ok := at[name]
		if !ok {
			i = len(all)
			at[name] = i
			all = append(all, line{name: name})
		}
		if m, _ := meanAndSpread(n); !math.IsNaN(m) {
			all[i].pts = append(all[i].pts, plotter.XY{X: where, Y: m})
		}
	}
	return all
}

// chart returns the picture of the lines. Curves of the same name, of several seeds, have one colour.
func (p Picture) chart(title, y string, lines []line) chart.Chart {
	c := chart.Chart{Title: title, Y: y, X: map[string]string{"gradients": "t", "against": p.X}[p.Kind], Log: p.Log || p.Kind == "gradients"}
	if c.X == "" {
		c.X = "step"
	}
	colors := map[string]int{}
	for _, l := range lines {
		color, known := colors[l.name]
		if !known {
			color = len(colors)
			colors[l.name] = color
		}
		c.Lines = append(c.Lines, chart.Line{Name: l.name, Points: l.pts, Color: color, Marks: len(l.pts) < 30})
	}
	return c
}
