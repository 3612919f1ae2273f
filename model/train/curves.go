package train

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/spectral-gpu/spectral-gpu/model/internal/atomicfile"
)

// series is one curve: a column of metrics.csv for one split.
type series struct {
	name   string
	column string
	train  bool // rows of steps, or of evaluations
	color  color.Color
}

// panel is one of the four plots of a picture.
type panel struct {
	title, y string
	log      bool
	series   []series
}

var (
	blue   = color.RGBA{R: 31, G: 119, B: 180, A: 255}
	orange = color.RGBA{R: 255, G: 127, B: 14, A: 255}
)

var panels = []panel{
	{"loss", "loss", true, []series{{"train", "loss", true, blue}, {"test", "loss", false, orange}}},
	{"accuracy", "accuracy", false, []series{{"train", "accuracy", true, blue}, {"test", "accuracy", false, orange}}},
	{"orthogonality defect of the factors", "‖QᵀQ−I‖/√n", false, []series{{"at evaluations", "orthogonality_defect", false, orange}}},
	{"singular values of W", "σ", false, []series{{"σ min", "sigma_min", true, blue}, {"σ max", "sigma_max", true, orange}}},
	{"gradient norm", "‖g‖", true, []series{{"train", "grad_norm", true, blue}}},
}

// maxPanels is how many plots a picture has room for.
const maxPanels = 4

// DrawCurves draws the metrics of a run as a PNG: loss, accuracy (where the task has one, the orthogonality defect otherwise), σ min and
// max, and gradient norm. What the file has no numbers for is left out.
func DrawCurves(metricsPath, pngPath string) error {
	rows, err := readRows(metricsPath)
	if err != nil {
		return err
	}
	const cols = 2
	var plots [][]*plot.Plot
	for n, i := 0, 0; i < len(panels) && n < maxPanels; i++ {
		pl, err := panels[i].draw(rows)
		if err != nil {
			return fmt.Errorf("draw %s: %w", pngPath, err)
		}
		if pl == nil {
			continue
		}
		if n%cols == 0 {
			plots = append(plots, make([]*plot.Plot, 0, cols))
		}
		plots[n/cols] = append(plots[n/cols], pl)
		n++
	}
	if len(plots) == 0 { // a run that ended before its first step
		return nil
	}
	for last := len(plots) - 1; len(plots[last]) < cols; {
		plots[last] = append(plots[last], nil)
	}
	img := vgimg.New(11*vg.Inch, 7*vg.Inch)
	canvas := draw.New(img)
	tiles := draw.Tiles{Rows: len(plots), Cols: cols, PadX: vg.Points(12), PadY: vg.Points(12), PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(12)}
	for j, row := range plot.Align(plots, tiles, canvas) {
		for i, c := range row {
			if plots[j][i] != nil {
				plots[j][i].Draw(c)
			}
		}
	}
	return atomicfile.Write(pngPath, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
		return err
	})
}

// draw returns the plot, or nil where the rows have no numbers for it.
func (p panel) draw(rows [][]string) (*plot.Plot, error) {
	pl := plot.New()
	pl.Title.Text, pl.X.Label.Text, pl.Y.Label.Text = p.title, "step", p.y
	pl.Legend.Top = true
	pl.Add(plotter.NewGrid())
	drawn := 0
	for _, s := range p.series {
		pts := s.points(rows, p.log)
		if len(pts) == 0 {
			continue
		}
		line, marks, err := plotter.NewLinePoints(pts)
		if err != nil {
			return nil, err
		}
		line.Color, marks.Color, marks.Shape, marks.Radius = s.color, s.color, draw.CircleGlyph{}, vg.Points(2)
		pl.Add(line)
		pl.Legend.Add(s.name, line)
		if !s.train {
			pl.Add(marks)
		}
		drawn++
	}
	if drawn == 0 {
		return nil, nil
	}
	pl.X.Tick.Marker, pl.Y.Tick.Marker = ticks{}, ticks{}
	if p.log {
		pl.Y.Scale, pl.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: 2}
	}
	return pl, nil
}

// ticks are plot.DefaultTicks with as many digits as neighbouring labels need to differ.
type ticks struct{}

// Ticks implements plot.Ticker.
func (ticks) Ticks(lo, hi float64) []plot.Tick {
	t := plot.DefaultTicks{}.Ticks(lo, hi)
	for i := range t {
		if t[i].Label != "" {
			t[i].Label = strconv.FormatFloat(t[i].Value, 'g', 6, 64)
		}
	}
	return t
}

// maxPoints is how many points a curve is drawn with; longer ones are averaged in bins.
const maxPoints = 1500

func (s series) points(rows [][]string, positive bool) plotter.XYs {
	var pts plotter.XYs
	col := 0
	for i, c := range columns {
		if c == s.column {
			col = i
		}
	}
	for _, r := range rows {
		if (r[2] == "train") != s.train {
			continue
		}
		x, errX := strconv.ParseFloat(r[0], 64)
		y, errY := strconv.ParseFloat(r[col], 64)
		if errX != nil || errY != nil || math.IsNaN(y) || math.IsInf(y, 0) || positive && y <= 0 {
			continue
		}
		pts = append(pts, plotter.XY{X: x, Y: y})
	}
	return bin(pts, maxPoints)
}

func bin(pts plotter.XYs, limit int) plotter.XYs {
	size := (len(pts) + limit - 1) / limit
	if size <= 1 {
		return pts
	}
	var out plotter.XYs
	for len(pts) > 0 {
		n := min(size, len(pts))
		var p plotter.XY
		for _, q := range pts[:n] {
			p.X += q.X / float64(n)
			p.Y += q.Y / float64(n)
		}
		out, pts = append(out, p), pts[n:]
	}
	return out
}
