package train

import (
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
)

// maxPoints is how many points a curve is drawn with at the most; longer ones are averaged in bins.
const maxPoints = 1500

// largest is the largest magnitude that is drawn: what is beyond would overflow in the arithmetic of axes.
const largest = 1e300

// curve gathers the points of a series in bins of equal size, at most maxPoints of them however many there are.
type curve struct {
	column int
	train  bool
	above  bool // only numbers above 0

	size int // points of a bin
	bins plotter.XYs
	sum  plotter.XY // of the bin that is not full
	n    int        // points in it
}

func newCurve(s series, log bool) *curve {
	return &curve{column: slices.Index(columns, s.column), train: s.train, above: s.above || log, size: 1}
}

// readCurves returns the curves of every panel.
func readCurves(metrics io.Reader) ([][]*curve, error) {
	curves := make([][]*curve, len(panels))
	for i, p := range panels {
		for _, s := range p.series {
			curves[i] = append(curves[i], newCurve(s, p.log))
		}
	}
	return curves, readMetrics(metrics, func(r row) error {
		for _, panel := range curves {
			for _, c := range panel {
				c.add(r)
			}
		}
		return nil
	})
}

// add takes the number of a row, if it is one of this curve.
func (c *curve) add(r row) {
	if r.train != c.train {
		return
	}
	y, ok := r.number(c.column)
	if !ok || math.IsNaN(y) || math.Abs(y) > largest || c.above && y < 1/largest {
		return
	}
	c.sum.X += float64(r.step) / float64(c.size)
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
	if c.n == 0 {
		return c.bins
	}
	full := float64(c.size) / float64(c.n)
	return append(slices.Clone(c.bins), plotter.XY{X: c.sum.X * full, Y: c.sum.Y * full})
}
