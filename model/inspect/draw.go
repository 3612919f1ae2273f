package inspect

import (
	"fmt"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
)

// DrawGradients draws ‖dL/dh_t‖ over t of every recurrence as a PNG, on a logarithmic axis; zeros are left out. Errors: model.ErrConfig where nothing
// is left, those of the file system.
func DrawGradients(path string, norms [][]float64) error {
	pl := plot.New()
	pl.Title.Text, pl.X.Label.Text, pl.Y.Label.Text = "gradients through time", "t", "‖dL/dh_t‖"
	pl.Y.Scale, pl.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: 2}
	pl.Add(plotter.NewGrid())
	var all plotter.XYs
	for i, layer := range norms {
		var pts plotter.XYs
		for t, v := range layer {
			if v > 0 {
				pts = append(pts, plotter.XY{X: float64(t), Y: v})
			}
		}
		if len(pts) == 0 {
			continue
		}
		line, err := plotter.NewLine(pts)
		if err != nil {
			return err
		}
		line.Color = plotutil.Color(i)
		pl.Add(line)
		pl.Legend.Add(fmt.Sprintf("recurrence %d", i), line)
		all = append(all, pts...)
	}
	if len(all) == 0 {
		return fmt.Errorf("%w: every gradient is 0: there is nothing to draw", model.ErrConfig)
	}
	if _, _, lo, hi := plotter.XYRange(all); hi/lo < 1.01 {
		pl.Y.Min, pl.Y.Max = lo/1.5, hi*1.5
	}
	img := vgimg.New(7*vg.Inch, 4*vg.Inch)
	pl.Draw(draw.New(img))
	return atomicfile.Write(atomicfile.OS{}, path, func(w io.Writer) error {
		_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
		return err
	}, nil)
}
