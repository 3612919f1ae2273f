package canvas

import (
	"image/color"
	"math"
)

// reference is pixel (i, j) of a scene by the words of shaders/draw.comp, in float64 and without tiles.
func reference(s *Scene, i, j int) color.RGBA {
	x, y := float64(i)+0.5, float64(j)+0.5
	rgb := parts(s.Background)
	for _, o := range s.shapes {
		c := parts(o.color)
		cover := 0.0
		x0, y0, x1, y1 := float64(o.x0), float64(o.y0), float64(o.x1), float64(o.y1)
		inside := overlap(x, x0, x1) * overlap(y, y0, y1)
		switch o.kind {
		case rectangle:
			cover = inside
		case line:
			dx, dy := x1-x0, y1-y0
			t := 0.0
			if square := dx*dx + dy*dy; square > 0 {
				t = min(max(((x-x0)*dx+(y-y0)*dy)/square, 0), 1)
			}
			cover = min(max(float64(o.a)/2+0.5-math.Hypot(x-x0-t*dx, y-y0-t*dy), 0), 1)
		case glyph:
			if a, b := i-int(o.x0), j-int(o.y0); a >= 0 && b >= 0 && a < int(o.cols) && b < int(o.rows) {
				cover = float64(s.data[int(o.at)+b*int(o.cols)+a])
			}
		case picture:
			col := min(int(min(max((x-x0)/(x1-x0), 0), 1)*float64(o.cols)), int(o.cols)-1)
			row := min(int(min(max((y-y0)/(y1-y0), 0), 1)*float64(o.rows)), int(o.rows)-1)
			if v := float64(s.data[int(o.at)+row*int(o.cols)+col]); !math.IsNaN(v) {
				cover = inside
				m := mapped((v - float64(o.a)) / float64(o.b-o.a))
				copy(c[:3], m[:])
			}
		}
		for k := range 3 {
			rgb[k] += (c[k] - rgb[k]) * cover * c[3]
		}
	}
	at := func(k int) uint8 { return uint8(rgb[k]*255 + 0.5) }
	return color.RGBA{at(0), at(1), at(2), 255}
}

func parts(c Color) (out [4]float64) {
	for i := range out {
		out[i] = float64(c>>(8*i)&255) / 255
	}
	return out
}

func overlap(p, lo, hi float64) float64 { return min(max(min(p+0.5, hi)-max(p-0.5, lo), 0), 1) }

// mapped is the map of colors, as the kernel approximates it.
func mapped(u float64) (out [3]float64) {
	t := min(max(u, 0), 1)
	for k, c := range [3][7]float64{
		{-5.435456, 4.776385, 6.228270, -4.634230, -0.330862, 0.105093, 0.277727},
		{4.645853, -13.745145, 14.179933, -5.799101, 0.214848, 1.404614, 0.005407},
		{26.312435, -65.353033, 56.690553, -19.332441, 0.095095, 1.384590, 0.334100},
	} {
		v := 0.0
		for _, a := range c {
			v = v*t + a
		}
		out[k] = min(max(v, 0), 1)
	}
	return out
}
