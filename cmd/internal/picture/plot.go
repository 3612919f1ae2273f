package picture

import (
	"math"

	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/canvas"
	"github.com/spectral-gpu/spectral-gpu/model/axis"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// box is a rectangle of the picture, in pixels.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) width() float64  { return b.x1 - b.x0 }
func (b box) height() float64 { return b.y1 - b.y0 }

// entry is what a color of a panel stands for.
type entry struct {
	name  string
	color canvas.Color
	disc  bool
}

// panel draws a card with a title and a key, and returns the room in it.
func (p *Painter) panel(b box, title string, key ...entry) box {
	s := &p.scene
	s.Rect(b.x0, b.y0, b.x1, b.y1, border)
	s.Rect(b.x0+1, b.y0+1, b.x1-1, b.y1-1, card)
	pad := 12 * p.scale
	y := b.y0 + pad + p.title.height
	x := b.x1 - pad
	for i := len(key) - 1; i >= 0; i-- {
		e := key[i]
		x -= p.small.width(e.name)
		p.text(p.small, x, y, e.name, left, soft)
		mid := y - p.small.height/2
		x -= 6 * p.scale
		if e.disc {
			s.Line(x-4*p.scale, mid, x-4*p.scale, mid, 7*p.scale, e.color)
		} else {
			s.Line(x-14*p.scale, mid, x, mid, 2.5*p.scale, e.color)
		}
		x -= 30 * p.scale
	}
	p.text(p.title, b.x0+pad, y, p.title.fit(title, x-b.x0-pad), left, ink)
	return box{b.x0 + pad, y + 12*p.scale, b.x1 - pad, b.y1 - pad}
}

// note writes a line into an empty panel.
func (p *Painter) note(b box, text string) {
	p.text(p.normal, (b.x0+b.x1)/2, (b.y0+b.y1)/2, p.normal.fit(text, b.width()), middle, soft)
}

// room is the share of an axis that is left free at both ends.
const room = 0.04

// axes draws both axes with their grid and labels, and returns the room for curves.
func (p *Painter) axes(b box, x, y axis.Axis, xName string) box {
	s := &p.scene
	yTicks := y.Ticks(max(2, int(b.height()/(4.2*p.small.height))))
	wide := 0.0
	for _, t := range yTicks {
		wide = max(wide, p.small.width(t.Label))
	}
	in := box{math.Round(b.x0 + wide + 8*p.scale), math.Round(b.y0 + p.small.height/2), math.Round(b.x1 - 4*p.scale), math.Round(b.y1 - 2*p.small.height - 12*p.scale)}
	if in.width() < 20 || in.height() < 20 {
		return in
	}
	for _, t := range yTicks {
		at := math.Round(in.y1 - y.At(t.Value)*in.height())
		if t.Value < y.Lo || t.Value > y.Hi {
			continue
		}
		s.Rect(in.x0, at, in.x1, at+1, grid)
		p.text(p.small, in.x0-6*p.scale, at+p.small.height/2, t.Label, right, soft)
	}
	p.text(p.small, in.x1, in.y1+2*p.small.height+14*p.scale, xName, right, soft)
	for _, t := range x.Ticks(max(1, int(in.width()/(75*p.scale)))) {
		at := math.Round(in.x0 + x.At(t.Value)*in.width())
		if t.Value < x.Lo || t.Value > x.Hi {
			continue
		}
		s.Rect(at, in.y0, at+1, in.y1, grid)
		p.text(p.small, at, in.y1+p.small.height+7*p.scale, t.Label, middle, soft)
	}
	s.Rect(in.x0, in.y1, in.x1, in.y1+1, frame)
	s.Rect(in.x0, in.y0, in.x0+1, in.y1, frame)
	return in
}

// series is a curve of a plot.
type series struct {
	points []watch.Point
	color  canvas.Color
	width  float64
	discs  bool // each point is marked
	spread bool // from the least to the largest at each point
	smooth bool // drawn as it is, but no part of the limits
}

// limits returns the least and the largest of the curves' numbers, those above 0 alone for a logarithmic axis; ok is false without any.
func limits(log bool, all []series) (x0, x1, y0, y1 float64, ok bool) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range all {
		for _, q := range c.points {
			x0, x1 = min(x0, q.X), max(x1, q.X)
			if c.smooth || log && !(q.Y > 0) {
				continue
			}
			y0, y1 = min(y0, q.Y), max(y1, q.Y)
		}
	}
	return x0, x1, y0, y1, y1 >= y0
}

// plot draws curves over the steps up to step, behind which the last point lies where it is the mean of several.
func (p *Painter) plot(b box, log bool, step int64, all ...series) {
	x0, x1, y0, y1, ok := limits(log, all)
	if !ok {
		p.note(b, "nothing yet")
		return
	}
	x, y := axis.New(x0, x1, false, room), axis.New(y0, y1, log, room)
	x.Lo, x.Hi = min(x0, 0), max(x1, float64(step), 1)
	in := p.axes(b, x, y, "step")
	if in.width() < 20 || in.height() < 20 {
		return
	}
	for _, c := range all {
		p.curve(in, x, y, c)
	}
}

func (p *Painter) curve(in box, x, y axis.Axis, c series) {
	s := &p.scene
	place := func(px, py float64) (float64, float64) {
		return in.x0 + x.At(px)*in.width(), min(max(in.y1-y.At(py)*in.height(), in.y0), in.y1)
	}
	for i, q := range c.points {
		u, v := place(q.X, q.Y)
		if c.spread && q.Hi > q.Lo {
			_, top := place(q.X, q.Hi)
			_, low := place(q.X, q.Lo)
			s.Line(u, top, u, low, c.width*p.scale, c.color)
		}
		if i > 0 {
			a, b := place(c.points[i-1].X, c.points[i-1].Y)
			s.Line(a, b, u, v, c.width*p.scale, c.color)
		}
		if c.discs || len(c.points) == 1 {
			s.Line(u, v, u, v, 7*p.scale, c.color)
		}
	}
}
