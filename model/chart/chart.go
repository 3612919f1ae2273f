package chart

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// Chart is a plot of curves over one horizontal axis.
type Chart struct {
	Title, X, Y string
	Log         bool // the vertical axis is logarithmic: numbers that are not above 0 are left out
	Bands       []Band
	Lines       []Line
	Limits      []Limit
	Empty       string // said where no line has a point; "" leaves such a chart out of pictures
	Square      bool   // both axes have the same range, and their diagonal is drawn
}

// Line is a curve.
type Line struct {
	Name   string // in the legend, once for all lines of that name and colour; "" is not in it
	Points plotter.XYs
	Color  int   // a number of the palette
	Style  Style // of the line
	Marks  bool  // every point is marked; a single point always is
}

// Style is how a line is drawn.
type Style int

// The styles.
const (
	Solid Style = iota
	Muted       // thin and pale: the raw numbers behind a smoothed curve
	Dashed
	NoLine // marks alone
)

// Band is the area between two curves over the same steps.
type Band struct {
	Name      string
	Low, High plotter.XYs
	Color     int
	Strong    bool // less pale
}

// Limit is a dashed horizontal line with a text at its right end.
type Limit struct {
	Name string
	Y    float64
}

// Largest is the largest magnitude that is drawn: what is beyond would overflow in the arithmetic of axes.
const Largest = 1e300

// drawable tells whether a point can be drawn.
func (c Chart) drawable(p plotter.XY) bool {
	return !math.IsNaN(p.Y) && math.Abs(p.Y) <= Largest && math.Abs(p.X) <= Largest && !math.IsNaN(p.X) && (!c.Log || p.Y >= 1/Largest)
}

// clean returns the chart with only what can be drawn, and all points that are left.
func (c Chart) clean() (Chart, plotter.XYs) {
	var all plotter.XYs
	bad := func(p plotter.XY) bool { return !c.drawable(p) }
	lines, bands := c.Lines, c.Bands
	c.Lines, c.Bands = nil, nil
	for _, l := range lines {
		if l.Points = slices.DeleteFunc(slices.Clone(l.Points), bad); len(l.Points) > 0 {
			c.Lines = append(c.Lines, l)
			all = append(all, l.Points...)
		}
	}
	for _, b := range bands {
		low, high := b.Low, b.High
		b.Low, b.High = nil, nil
		for i := range min(len(low), len(high)) {
			if c.drawable(low[i]) && c.drawable(high[i]) {
				b.Low, b.High = append(b.Low, low[i]), append(b.High, high[i])
			}
		}
		if len(b.Low) > 0 {
			c.Bands = append(c.Bands, b)
			all = append(append(all, b.Low...), b.High...)
		}
	}
	return c, all
}

// HasPoints tells whether there is anything to draw.
func (c Chart) HasPoints() bool {
	_, all := c.clean()
	return len(all) > 0
}

// ranges sets the axes so that all points and limits are inside, with some room, and each axis has a length.
func (c Chart) ranges(p *plot.Plot, all plotter.XYs) {
	x0, x1, y0, y1 := plotter.XYRange(all)
	for _, l := range c.Limits {
		if c.drawable(plotter.XY{Y: l.Y}) {
			y0, y1 = min(y0, l.Y), max(y1, l.Y)
		}
	}
	if c.Square {
		x0, x1 = min(x0, y0), max(x1, y1)
		y0, y1 = x0, x1
	}
	if x0 > 0 && (x0 < 0.5*x1 || x0 == x1) && !c.Square { // a single point, too, stands somewhere from 0 on
		x0 = 0
	}
	if x1 > 0 && !c.Square { // so that the last tick stands at the end of an axis whose last point is a mean just below it
		unit := math.Pow(10, math.Floor(math.Log10(x1))-2)
		x1 = math.Ceil(x1/unit*(1-1e-12)) * unit
	}
	p.X.Min, p.X.Max = widen(x0, x1)
	if c.Square {
		p.X.Min, p.X.Max = pad(p.X.Min, p.X.Max)
	}
	if c.Log {
		p.Y.Scale = plot.LogScale{}
		lo, hi := math.Log10(y0), math.Log10(y1)
		if hi-lo < 0.02 {
			lo, hi = lo-0.2, hi+0.2
		}
		lo, hi = pad(lo, hi)
		p.Y.Min, p.Y.Max = math.Pow(10, max(lo, -307)), math.Pow(10, min(hi, 307))
		return
	}
	p.Y.Min, p.Y.Max = pad(widen(y0, y1))
}

// widen returns a range that has a length, for an axis of one value.
func widen(lo, hi float64) (float64, float64) {
	if by := 1e-9 * max(math.Abs(lo), math.Abs(hi)); hi-lo <= by {
		by = max(1e3*by, 1e-3)
		return lo - by, hi + by
	}
	return lo, hi
}

// pad leaves some room at both ends.
func pad(lo, hi float64) (float64, float64) {
	by := 0.04 * (hi - lo)
	return lo - by, hi + by
}
