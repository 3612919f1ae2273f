package experiment

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// figure is a plot with the name of its file, without an ending.
type figure struct {
	title, file string
	plot        *plot.Plot
}

// line is a curve of a plot.
type line struct {
	name string
	pts  plotter.XYs
}

// plots draws the pictures that the file asks for, of the runs there are; curves where it asks for none.
func (r *Report) plots() ([]figure, error) {
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
			pl, err := p.draw(title, r.axis(p), lines)
			if err != nil {
				return nil, err
			}
			if pl != nil {
				all = append(all, figure{title, file, pl})
			}
		}
	}
	return all, nil
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
				norms := run.Gradients[len(run.Gradients)-1].norms
				for t, v := range norms {
					if v > 0 {
						pts = append(pts, plotter.XY{X: float64(t), Y: v})
					}
				}
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

// draw returns the plot, nil where there is nothing to draw. Curves of the same name, of several seeds, have one colour.
func (p Picture) draw(title, y string, lines []line) (*plot.Plot, error) {
	pl := plot.New()
	pl.Title.Text, pl.Y.Label.Text = title, y
	pl.X.Label.Text = map[string]string{"gradients": "t", "against": p.X}[p.Kind]
	if pl.X.Label.Text == "" {
		pl.X.Label.Text = "step"
	}
	pl.Legend.Top, pl.Legend.Left = true, p.Kind == "gradients" // which rise to the right
	pl.Add(plotter.NewGrid())
	log := p.Log || p.Kind == "gradients"
	colors := map[string]int{}
	drawn := 0
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		pts := slices.DeleteFunc(slices.Clone(l.pts), func(q plotter.XY) bool {
			return math.IsNaN(q.Y) || math.Abs(q.Y) > 1e30 || log && q.Y < 1e-38
		})
		if len(pts) == 0 {
			continue
		}
		curve, marks, err := plotter.NewLinePoints(pts)
		if err != nil {
			return nil, err
		}
		color, known := colors[l.name]
		if !known {
			color = len(colors)
			colors[l.name] = color
			pl.Legend.Add(l.name, curve)
		}
		curve.Color, curve.Dashes = plotutil.Color(color), plotutil.Dashes(color/7)
		marks.Color, marks.Shape, marks.Radius = curve.Color, draw.CircleGlyph{}, vg.Points(1.5)
		pl.Add(curve)
		if len(pts) < 30 {
			pl.Add(marks)
		}
		for _, q := range pts {
			lo, hi = min(lo, q.Y), max(hi, q.Y)
		}
		drawn++
	}
	if drawn == 0 {
		return nil, nil
	}
	if log {
		pl.Y.Scale, pl.Y.Tick.Marker = plot.LogScale{}, decades{}
		pl.Y.Min, pl.Y.Max = lo, hi
		if hi/lo < 1.01 {
			pl.Y.Min, pl.Y.Max = lo/1.5, hi*1.5
		}
	}
	if pl.Y.Max-pl.Y.Min < 1e-12*math.Abs(pl.Y.Max)+1e-300 {
		pl.Y.Min, pl.Y.Max = pl.Y.Min-1e-3, pl.Y.Max+1e-3
	}
	if pl.X.Max <= pl.X.Min {
		pl.X.Min, pl.X.Max = pl.X.Min-1, pl.X.Max+1
	}
	return pl, nil
}

// decades marks powers of ten, at most a dozen; plot.LogTicks where there are few, so that there are labels at all.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(lo, hi float64) []plot.Tick {
	first, last := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	if last-first <= 4 {
		return plot.LogTicks{Prec: 2}.Ticks(lo, hi)
	}
	var all []plot.Tick
	for k := first; k <= last; k += 1 + (last-first)/12 {
		all = append(all, plot.Tick{Value: math.Pow(10, float64(k)), Label: fmt.Sprintf("1e%d", k)})
	}
	return all
}
