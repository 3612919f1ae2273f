package inspect

import (
	"fmt"
	"io"

	"gonum.org/v1/plot/plotter"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// DrawGradients draws ‖dL/dh_t‖ over t of every recurrence as a PNG, on a logarithmic axis; zeros are left out. Errors: model.ErrConfig where nothing
// is left, those of the file system.
func DrawGradients(path string, norms [][]float64) error {
	c := chart.Chart{Title: "gradients through time", X: "t", Y: "‖dL/dh_t‖", Log: true}
	for i, layer := range norms {
		c.Lines = append(c.Lines, chart.Line{Name: fmt.Sprintf("recurrence %d", i), Points: OverTime(layer), Color: i})
	}
	if !c.HasPoints() {
		return fmt.Errorf("%w: every gradient is 0: there is nothing to draw", model.ErrConfig)
	}
	img := chart.Picture([]chart.Chart{c})
	return atomicfile.Write(atomicfile.OS{}, path, func(w io.Writer) error { return chart.WritePNG(w, img) }, nil)
}

// OverTime returns numbers as a curve over t = 0, 1, ….
func OverTime(norms []float64) plotter.XYs {
	pts := make(plotter.XYs, len(norms))
	for t, v := range norms {
		pts[t] = plotter.XY{X: float64(t), Y: v}
	}
	return pts
}
