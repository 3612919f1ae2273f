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

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
)

// series is one curve: a column of metrics.csv for one split.
type series struct {
	name   string
	column string
	train  bool // rows of steps, or of evaluations
	above  bool // only what is above 0: 0 stands for "there is none" in files of earlier versions
	color  color.Color
}

// panel is one of the plots of a picture.
type panel struct {
	title, y string
	log      bool // the axis is logarithmic; numbers that are not positive are left out
	series   []series
}

var (
	blue   = color.RGBA{R: 31, G: 119, B: 180, A: 255}
	orange = color.RGBA{R: 255, G: 127, B: 14, A: 255}
)

var panels = []panel{
	{"loss", "loss", true, []series{{"train", "loss", true, false, blue}, {"evaluation", "loss", false, false, orange}}},
	{"accuracy", "accuracy", false, []series{{"train", "accuracy", true, false, blue}, {"evaluation", "accuracy", false, false, orange}}},
	{"orthogonality defect of the factors", "‖QᵀQ−I‖/√n", false, []series{{"at evaluations", "orthogonality_defect", false, true, orange}}},
	{"singular values of W", "σ", false, []series{{"σ min", "sigma_min", true, true, blue}, {"σ max", "sigma_max", true, true, orange}}},
	{"gradient norm", "‖g‖", true, []series{{"train", "grad_norm", true, false, blue}}},
}

// DrawCurves draws the metrics of a run as a PNG: loss, accuracy, orthogonality defect, σ min and max, and gradient norm, each where the
// file has numbers for it. Nothing is drawn of a file without any. Memory does not grow with the length of the file.
func DrawCurves(metricsPath, pngPath string) error {
	return drawCurves(atomicfile.OS{}, metricsPath, pngPath)
}

func drawCurves(files atomicfile.FS, metricsPath, pngPath string) error {
	f, err := files.Open(metricsPath)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := picture(f)
	if err != nil {
		return fmt.Errorf("draw %s: %w", pngPath, err)
	}
	if img == nil {
		return nil
	}
	return atomicfile.Write(files, pngPath, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
		return err
	}, nil)
}

// The size of a picture: two panels a row.
const (
	pictureCols  = 2
	pictureWidth = 11 * vg.Inch
	rowHeight    = 3.5 * vg.Inch
)

// picture draws metrics, nil where there is nothing to draw.
func picture(metrics io.Reader) (*vgimg.Canvas, error) {
	curves, err := readCurves(metrics)
	if err != nil {
		return nil, err
	}
	var plots [][]*plot.Plot
	for i, n := 0, 0; i < len(panels); i++ {
		pl, err := panels[i].draw(curves[i])
		if err != nil {
			return nil, err
		}
		if pl == nil {
			continue
		}
		if n%pictureCols == 0 {
			plots = append(plots, make([]*plot.Plot, pictureCols))
		}
		plots[n/pictureCols][n%pictureCols] = pl
		n++
	}
	if len(plots) == 0 { // a run that ended before its first step
		return nil, nil
	}
	img := vgimg.New(pictureWidth, rowHeight*vg.Length(len(plots)))
	canvas := draw.New(img)
	tiles := draw.Tiles{Rows: len(plots), Cols: pictureCols, PadX: vg.Points(12), PadY: vg.Points(12), PadTop: vg.Points(6), PadBottom: vg.Points(6), PadLeft: vg.Points(6), PadRight: vg.Points(12)}
	for j, row := range plot.Align(plots, tiles, canvas) {
		for i, c := range row {
			if plots[j][i] != nil {
				plots[j][i].Draw(c)
			}
		}
	}
	return img, nil
}

// draw returns the plot of a panel's curves, or nil where none has a point.
func (p panel) draw(curves []*curve) (*plot.Plot, error) {
	pl := plot.New()
	pl.Title.Text, pl.X.Label.Text, pl.Y.Label.Text = p.title, "step", p.y
	pl.Legend.Top = true
	pl.Add(plotter.NewGrid())
	var all plotter.XYs
	for i, s := range p.series {
		pts := curves[i].points()
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
		if !s.train || len(pts) == 1 {
			pl.Add(marks)
		}
		all = append(all, pts...)
	}
	if len(all) == 0 {
		return nil, nil
	}
	pl.X.Tick.Marker, pl.Y.Tick.Marker = ticks{}, ticks{}
	xmin, xmax, ymin, ymax := plotter.XYRange(all)
	pl.X.Min, pl.X.Max = widen(xmin, xmax)
	if p.log {
		pl.Y.Scale, pl.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: 2}
		pl.Y.Min, pl.Y.Max = widenLog(ymin, ymax)
	} else {
		pl.Y.Min, pl.Y.Max = widen(ymin, ymax)
	}
	return pl, nil
}

// widen returns a range that has a length, for an axis of one value.
func widen(lo, hi float64) (float64, float64) {
	if by := 1e-9 * max(math.Abs(lo), math.Abs(hi)); hi-lo <= by {
		by = max(1e3*by, 1e-3)
		return lo - by, hi + by
	}
	return lo, hi
}

// widenLog returns a range of positive numbers that has a length on a logarithmic axis.
func widenLog(lo, hi float64) (float64, float64) {
	if hi/lo < 1+1e-6 {
		return lo / 1.5, hi * 1.5
	}
	return lo, hi
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
