package chart

import (
	"image/color"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The size of a picture of several charts: two a row.
const (
	pictureCols   = 2
	pictureWidth  = 11 * vg.Inch
	pictureHeight = 3.5 * vg.Inch // of a row
	pictureGap    = 14            // points between charts, and around them
)

// Picture draws charts as one picture, two a row, one alone across; nil where there is nothing to draw.
func Picture(charts []Chart) *vgimg.Canvas {
	var all []*drawing
	for _, c := range charts {
		if d := c.build(paper, 6); d != nil {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		return nil
	}
	cols := min(pictureCols, len(all))
	rows := (len(all) + cols - 1) / cols
	width := pictureWidth * vg.Length(cols) / pictureCols
	img := vgimg.New(width, pictureHeight*vg.Length(rows))
	canvas := draw.New(img)
	canvas.FillPolygon(color.White, []vg.Point{{}, {X: width}, {X: width, Y: canvas.Max.Y}, {Y: canvas.Max.Y}})
	gap := vg.Points(pictureGap)
	w, h := (width-gap*vg.Length(cols+1))/vg.Length(cols), (canvas.Max.Y-gap*vg.Length(rows+1))/vg.Length(rows)
	for i, d := range all {
		x := gap + (w+gap)*vg.Length(i%cols)
		top := canvas.Max.Y - gap - (h+gap)*vg.Length(i/cols)
		tile := draw.Canvas{Canvas: canvas.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: x, Y: top - h}, Max: vg.Point{X: x + w, Y: top}}}
		d.drawHead(tile)
		tile.Max.Y -= d.headroom(w)
		d.body(indent(tile, d, all, i%cols, cols))
	}
	return img
}

// indent gives all plots of a column the same left edge.
func indent(tile draw.Canvas, d *drawing, all []*drawing, col, cols int) draw.Canvas {
	left := func(o *drawing) vg.Length { return o.plot.DataCanvas(tile).Min.X - tile.Min.X }
	most := vg.Length(0)
	for i, o := range all {
		if i%cols == col && !o.empty {
			most = max(most, left(o))
		}
	}
	if !d.empty {
		tile.Min.X += most - left(d)
	}
	return tile
}

// WritePNG writes a picture.
func WritePNG(w io.Writer, img *vgimg.Canvas) error {
	_, err := vgimg.PngCanvas{Canvas: img}.WriteTo(w)
	return err
}
