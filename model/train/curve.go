package train

import (
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"

	"github.com/spectral-gpu/spectral-gpu/model/chart"
)

// maxPoints is how many points a curve has at the most; longer ones are averaged in bins.
const maxPoints = 1500

// curve gathers the points of a series in bins of equal size, at most maxPoints of them however many there are.
type curve struct {
	size int // points of a bin
	bins plotter.XYs
	sum  plotter.XY // of the bin that is not full
	n    int        // points in it
}

// add takes a point, unless its number is none.
func (c *curve) add(step int64, y float64) {
	if math.IsNaN(y) || math.Abs(y) > chart.Largest {
		return
	}
	c.size = max(c.size, 1)
	c.sum.X += float64(step) / float64(c.size)
	c.sum.Y += y / float64(c.size)
	if c.n++; c.n < c.size {
		return
	}
	c.bins, c.sum, c.n = append(c.bins, c.sum), plotter.XY{}, 0
	if len(c.bins) < 2*(maxPoints/2) {
		return
	}
	for i := range len(c.bins) / 2 {
		a, b := c.bins[2*i], c.bins[2*i+1]
		c.bins[i] = plotter.XY{X: a.X/2 + b.X/2, Y: a.Y/2 + b.Y/2}
	}
	c.bins, c.size = c.bins[:len(c.bins)/2], 2*c.size
}

// points returns the curve.
func (c *curve) points() plotter.XYs {
	if c == nil {
		return nil
	}
	if c.n == 0 {
		return c.bins
	}
	full := float64(c.size) / float64(c.n)
	return append(slices.Clone(c.bins), plotter.XY{X: c.sum.X * full, Y: c.sum.Y * full})
}
