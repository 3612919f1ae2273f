package chart

import (
	"image/color"
	"math"

	xfont "golang.org/x/image/font"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of texts and of what stands above a plot.
const (
	textSize  = 9
	titleSize = 11
	rowHeight = 14 // of a title and of a line of the legend
)

// drawing is a chart on its way to a canvas.
type drawing struct {
	Chart
	plot    *plot.Plot
	theme   theme
	entries []entry // of the legend
	empty   bool
}

// entry is a name in the legend, with what it is the name of.
type entry struct {
	name string
	line *draw.LineStyle
	mark *draw.GlyphStyle
	area color.Color
}

func (d *drawing) font(size vg.Length, weight bool) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if weight {
		f.Weight = xfont.WeightBold
	}
	return text.Style{Color: d.theme(ink, 0), Font: f, Handler: plot.DefaultTextHandler, XAlign: draw.XLeft, YAlign: draw.YBottom}
}

// build makes the plot of a chart; the title and the legend are not part of it. nil stands for a chart that is left out.
func (c Chart) build(t theme, labels int) *drawing {
	clean, all := c.clean()
	if len(all) == 0 && c.Empty == "" {
		return nil
	}
	d := &drawing{Chart: clean, plot: plot.New(), theme: t, empty: len(all) == 0}
	p := d.plot
	p.BackgroundColor = t(surface, 0)
	p.X.Label.Text = c.X // that of Y is drawn here: plot leaves a gap for a long one on a logarithmic axis
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		style := d.font(textSize, false)
		style.XAlign, style.YAlign = a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign
		style.Rotation = a.Label.TextStyle.Rotation
		a.Label.TextStyle = style
		tick := d.font(textSize, false)
		tick.XAlign, tick.YAlign = a.Tick.Label.XAlign, a.Tick.Label.YAlign
		a.Tick.Label = tick
		a.Color, a.Tick.Color = t(rule, 0), t(rule, 0)
		a.Width, a.Tick.Width, a.Tick.Length, a.Padding = vg.Points(0.6), vg.Points(0.6), vg.Points(3), 0
		a.Label.Padding = vg.Points(2)
		a.Tick.Marker = linear{labels}
	}
	if d.empty {
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
		p.HideAxes()
		return d
	}
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = t(grid, 0), t(grid, 0)
	g.Vertical.Width, g.Horizontal.Width = vg.Points(0.6), vg.Points(0.6)
	p.Add(g)
	d.addBands()
	d.addLimits()
	d.addLines()
	clean.ranges(p, all)
	if c.Log {
		p.Y.Tick.Marker = decades{labels}
	}
	return d
}

func (d *drawing) addBands() {
	for _, b := range d.Bands {
		r := fill
		if b.Strong {
			r = filled
		}
		area, ring := d.theme(r, b.Color), append(plotter.XYs(nil), b.Low...)
		for i := len(b.High) - 1; i >= 0; i-- {
			ring = append(ring, b.High[i])
		}
		if poly, err := plotter.NewPolygon(ring); err == nil {
			poly.Color, poly.LineStyle.Width = area, 0
			d.plot.Add(poly)
			d.enter(entry{name: b.Name, area: area})
		}
	}
}

// addLimits draws dashed lines over the whole width, and the diagonal of a square.
func (d *drawing) addLimits() {
	style := draw.LineStyle{Color: d.theme(rule, 0), Width: vg.Points(0.9), Dashes: []vg.Length{vg.Points(4), vg.Points(3)}}
	for _, l := range d.Limits {
		if d.drawable(plotter.XY{Y: l.Y}) {
			d.plot.Add(across{limit: l, style: style, text: d.font(textSize-1, false), color: d.theme(rule, 0)})
		}
	}
	if d.Square {
		d.plot.Add(diagonal{style})
	}
}

func (d *drawing) addLines() {
	for _, l := range d.Lines {
		line, marks, err := plotter.NewLinePoints(l.Points)
		if err != nil {
			continue
		}
		line.Color, line.Width = d.theme(series, l.Color), vg.Points(1.4)
		if l.Color >= Colors() || l.Style == Dashed {
			line.Dashes = []vg.Length{vg.Points(4), vg.Points(2)}
		}
		if l.Style == Muted {
			line.Color, line.Width = d.theme(muted, l.Color), vg.Points(0.8)
		}
		marks.Color, marks.Shape, marks.Radius = line.Color, draw.CircleGlyph{}, vg.Points(2)
		if l.Style == NoLine && len(l.Points) > 100 {
			marks.Color, marks.Radius = d.theme(filled, l.Color), vg.Points(1.6)
		}
		e := entry{name: l.Name}
		if l.Style != NoLine && len(l.Points) > 1 {
			d.plot.Add(line)
			e.line = &line.LineStyle
		}
		if l.Marks || l.Style == NoLine || len(l.Points) == 1 {
			d.plot.Add(bare{marks})
			e.mark = &marks.GlyphStyle
		}
		d.enter(e)
	}
}

// bare is a plotter for which the plot leaves no room: what it draws may stand over the edge.
type bare struct{ plot.Plotter }

// enter adds a name to the legend, unless it has it already.
func (d *drawing) enter(e entry) {
	for _, have := range d.entries {
		if have.name == e.name {
			return
		}
	}
	if e.name != "" {
		d.entries = append(d.entries, e)
	}
}

// across is a limit.
type across struct {
	limit Limit
	style draw.LineStyle
	text  text.Style
	color color.Color
}

// Plot implements plot.Plotter.
func (a across) Plot(c draw.Canvas, p *plot.Plot) {
	_, ty := p.Transforms(&c)
	y := ty(a.limit.Y)
	c.StrokeLine2(a.style, c.Min.X, y, c.Max.X, y)
	a.text.Color = a.color
	a.text.XAlign, a.text.YAlign = draw.XRight, draw.YBottom
	up := vg.Points(1.5)
	if y+a.text.Height(a.limit.Name)+up > c.Max.Y {
		a.text.YAlign, up = draw.YTop, -up
	}
	c.FillText(a.text, vg.Point{X: c.Max.X - vg.Points(2), Y: y + up}, a.limit.Name)
}

// diagonal is where both axes have the same number.
type diagonal struct{ style draw.LineStyle }

// Plot implements plot.Plotter.
func (d diagonal) Plot(c draw.Canvas, _ *plot.Plot) {
	c.StrokeLine2(d.style, c.Min.X, c.Min.Y, c.Max.X, c.Max.Y)
}

// rows breaks the legend into lines no wider than the canvas.
func (d *drawing) rows(width vg.Length) [][]entry {
	style := d.font(textSize, false)
	var all [][]entry
	var used vg.Length
	for _, e := range d.entries {
		w := d.entryWidth(style, e)
		if len(all) == 0 || used+w > width {
			all, used = append(all, nil), 0
		}
		all[len(all)-1] = append(all[len(all)-1], e)
		used += w
	}
	return all
}

const sampleWidth = 16

func (d *drawing) entryWidth(style text.Style, e entry) vg.Length {
	return vg.Points(sampleWidth+5+12) + style.Width(e.name)
}

// headroom is the height of what stands above the plot.
func (d *drawing) headroom(width vg.Length) vg.Length {
	h := vg.Points(rowHeight) * vg.Length(len(d.rows(width)))
	if h > 0 {
		h += vg.Points(5)
	}
	if d.Title != "" {
		h += vg.Points(rowHeight + 3)
	}
	return h
}

// drawHead draws title and legend at the top of a canvas.
func (d *drawing) drawHead(c draw.Canvas) {
	y := c.Max.Y
	if d.Title != "" {
		style := d.font(titleSize, true)
		c.FillText(style, vg.Point{X: c.Min.X, Y: y - vg.Points(rowHeight-2)}, d.Title)
		y -= vg.Points(rowHeight + 3)
	}
	style := d.font(textSize, false)
	for _, row := range d.rows(c.Max.X - c.Min.X) {
		y -= vg.Points(rowHeight)
		x, middle := c.Min.X, y+vg.Points(rowHeight/2)
		for _, e := range row {
			d.drawSample(c, e, x, middle)
			c.FillText(style, vg.Point{X: x + vg.Points(sampleWidth+5), Y: y + vg.Points(3.5)}, e.name)
			x += d.entryWidth(style, e)
		}
	}
}

func (d *drawing) drawSample(c draw.Canvas, e entry, x, middle vg.Length) {
	end := x + vg.Points(sampleWidth)
	if e.area != nil {
		half := vg.Points(4)
		c.FillPolygon(e.area, []vg.Point{{X: x, Y: middle - half}, {X: end, Y: middle - half}, {X: end, Y: middle + half}, {X: x, Y: middle + half}})
	}
	if e.line != nil {
		c.StrokeLine2(*e.line, x, middle, end, middle)
	}
	if e.mark != nil {
		c.DrawGlyph(*e.mark, vg.Point{X: (x + end) / 2, Y: middle})
	}
}

// body draws the plot below its head.
func (d *drawing) body(c draw.Canvas) {
	if d.empty {
		style := d.font(textSize, false)
		style.XAlign, style.YAlign, style.Color = draw.XCenter, draw.YCenter, d.theme(rule, 0)
		c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: (c.Min.Y + c.Max.Y) / 2}, d.Empty)
		return
	}
	d.drawYLabel(c)
	c.Min.X += d.labelStrip()
	d.plot.Draw(c)
}

// labelStrip is the width of the vertical axis' label.
func (d *drawing) labelStrip() vg.Length {
	if d.Y == "" {
		return 0
	}
	return vg.Points(textSize + 4)
}

// drawYLabel writes it upwards along the left edge, beside the middle of the axis.
func (d *drawing) drawYLabel(c draw.Canvas) {
	if d.Y == "" {
		return
	}
	style := d.font(textSize, false)
	style.Rotation, style.XAlign, style.YAlign = math.Pi/2, draw.XCenter, draw.YTop
	data := d.plot.DataCanvas(c)
	c.FillText(style, vg.Point{X: c.Min.X, Y: (data.Min.Y + data.Max.Y) / 2}, d.Y)
}
