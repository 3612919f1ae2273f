package chart

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The size of a chart on a page; the page scales it.
const (
	svgWidth  = 400
	svgHeight = 210
)

// SVG returns the chart as an element of a page, "" where there is nothing to draw. Its title is the element's name and not drawn: the page has
// it. Its colours are CSS variables (Variables), its font is the page's.
func (c Chart) SVG() string {
	name := c.Title
	c.Title = ""
	d := c.build(stand, 6)
	if d == nil {
		return ""
	}
	width, height := vg.Points(svgWidth), vg.Points(svgHeight)
	if c.Square {
		height = vg.Points(svgWidth)
	}
	height += d.headroom(width)
	svg := vgsvg.New(width, height)
	canvas := draw.New(svg)
	d.drawHead(canvas)
	canvas.Max.Y -= d.headroom(width)
	canvas.Max.X -= vg.Points(6) // for the half of a label that stands beyond the end of the axis
	d.body(canvas)
	var b bytes.Buffer
	if _, err := svg.WriteTo(&b); err != nil {
		return "" // a buffer takes everything
	}
	return dress(b.String(), name, width.Points(), height.Points())
}

var (
	opening  = regexp.MustCompile(`(?s)^.*?<svg[^>]*>`)
	colors   = regexp.MustCompile(fmt.Sprintf(`#%02X([0-9A-F]{2})([0-9A-F]{2})`, marker))
	fontText = regexp.MustCompile(`font-family:[^;"]*;font-variant:[^;"]*;font-weight:normal;font-style:normal;`)
)

// dress makes an SVG file a part of a page: without its declaration, with the page's colours and font.
func dress(file, name string, width, height float64) string {
	text := opening.ReplaceAllString(file, "")
	text = fontText.ReplaceAllString(text, "")
	text = colors.ReplaceAllStringFunc(text, func(c string) string {
		r, _ := strconv.ParseUint(c[3:5], 16, 8)
		number, _ := strconv.ParseUint(c[5:7], 16, 8)
		return css(role(r), int(number))
	})
	text = strings.ReplaceAll(text, "\n", " ")
	return fmt.Sprintf(`<svg class="chart" viewBox="0 0 %g %g" role="img" aria-label="%s">`, width, height, html.EscapeString(name)) + text
}
