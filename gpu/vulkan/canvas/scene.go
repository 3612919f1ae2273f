package canvas

import "math"

// Color is red in the lowest byte, then green, blue and opacity.
type Color uint32

// RGB is an opaque color, as HTML writes it: 0xRRGGBB.
func RGB(hex uint32) Color { return Color(hex>>16&255|hex&0xff00|hex&255<<16) | 0xff000000 }

// Alpha returns the color with an opacity between 0 and 1.
func (c Color) Alpha(a float64) Color {
	return c&0xffffff | Color(math.Round(255*min(max(a, 0), 1)))<<24
}

// The kernel's numbers (shaders/draw.comp).
const (
	shapeWords = 12
	tileSize   = 16

	rectangle = 0
	line      = 1
	glyph     = 2
	picture   = 3
)

// shape is what the kernel draws, with the pixels that it may touch.
type shape struct {
	kind           uint32
	color          Color
	x0, y0, x1, y1 float32
	a, b           float32
	at, cols, rows uint32

	left, top, right, bottom float32
}

// Scene is a list of shapes, each drawn over those before it. Coordinates are pixels, y down; pixel (i, j) spans i … i+1 and j … j+1. The zero
// value is empty.
type Scene struct {
	Width, Height int
	Background    Color

	shapes []shape
	data   []float32
}

// Reset empties the scene and sets its size. What Store has kept is forgotten.
func (s *Scene) Reset(width, height int, background Color) {
	s.Width, s.Height, s.Background = width, height, background
	s.shapes, s.data = s.shapes[:0], s.data[:0]
}

func (s *Scene) add(o shape) {
	for _, v := range []float32{o.left, o.top, o.right, o.bottom} {
		if v-v != 0 { // what is not finite has no place
			return
		}
	}
	s.shapes = append(s.shapes, o)
}

// Rect fills x0 … x1, y0 … y1.
func (s *Scene) Rect(x0, y0, x1, y1 float64, c Color) {
	o := shape{kind: rectangle, color: c, x0: float32(x0), y0: float32(y0), x1: float32(x1), y1: float32(y1)}
	o.left, o.top, o.right, o.bottom = o.x0, o.y0, o.x1, o.y1
	s.add(o)
}

// Line draws a line with round ends; one that ends where it begins is a disc.
func (s *Scene) Line(x0, y0, x1, y1, width float64, c Color) {
	o := shape{kind: line, color: c, x0: float32(x0), y0: float32(y0), x1: float32(x1), y1: float32(y1), a: float32(width)}
	r := float32(width/2 + 1)
	o.left, o.top, o.right, o.bottom = min(o.x0, o.x1)-r, min(o.y0, o.y1)-r, max(o.x0, o.x1)+r, max(o.y0, o.y1)+r
	s.add(o)
}

// Stored is numbers that glyphs and pictures are drawn of.
type Stored struct{ at, cols, rows int }

// Store keeps rows × cols numbers, the first row on top, until Reset.
func (s *Scene) Store(cols, rows int, values []float32) Stored {
	at := len(s.data)
	s.data = append(s.data, values[:cols*rows]...)
	return Stored{at, cols, rows}
}

// Glyph colors the pixels from (x, y) on by what each is covered, 0 … 1.
func (s *Scene) Glyph(x, y int, coverage Stored, c Color) {
	if coverage.cols == 0 || coverage.rows == 0 {
		return
	}
	o := shape{kind: glyph, color: c, x0: float32(x), y0: float32(y), at: uint32(coverage.at), cols: uint32(coverage.cols), rows: uint32(coverage.rows)}
	o.left, o.top, o.right, o.bottom = o.x0, o.y0, o.x0+float32(o.cols), o.y0+float32(o.rows)
	s.add(o)
}

// Picture spreads numbers over x0 … x1, y0 … y1, in the colors of a map from lo, which is dark, to hi. A NaN is not drawn.
func (s *Scene) Picture(x0, y0, x1, y1 float64, values Stored, lo, hi float64) {
	if values.cols == 0 || values.rows == 0 || !(x1 > x0) || !(y1 > y0) || !(hi > lo) {
		return
	}
	o := shape{kind: picture, color: RGB(0), x0: float32(x0), y0: float32(y0), x1: float32(x1), y1: float32(y1), a: float32(lo), b: float32(hi),
		at: uint32(values.at), cols: uint32(values.cols), rows: uint32(values.rows)}
	o.left, o.top, o.right, o.bottom = o.x0, o.y0, o.x1, o.y1
	s.add(o)
}

// tiles is the number of tiles across and down.
func (s *Scene) tiles() (across, down int) {
	return (s.Width + tileSize - 1) / tileSize, (s.Height + tileSize - 1) / tileSize
}

// words appends the shapes as the kernel reads them.
func (s *Scene) words(dst []uint32) []uint32 {
	f := math.Float32bits
	for _, o := range s.shapes {
		dst = append(dst, o.kind, uint32(o.color), f(o.x0), f(o.y0), f(o.x1), f(o.y1), f(o.a), f(o.b), o.at, o.cols, o.rows, 0)
	}
	return dst
}

// bin appends for each tile where its shapes begin, and then the shapes of all tiles, as the kernel reads them.
func (s *Scene) bin(dst []uint32) []uint32 {
	across, down := s.tiles()
	base := len(dst)
	dst = append(dst, make([]uint32, across*down+1)...)
	starts := dst[base:]
	each := func(f func(tile int, shape uint32)) {
		for i, o := range s.shapes {
			l, r := tileRange(o.left, o.right, across)
			t, b := tileRange(o.top, o.bottom, down)
			for y := t; y < b; y++ {
				for x := l; x < r; x++ {
					f(y*across+x, uint32(i))
				}
			}
		}
	}
	each(func(tile int, _ uint32) { starts[tile+1]++ })
	starts[0] = uint32(len(starts))
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	next := append([]uint32(nil), starts...)
	dst = append(dst, make([]uint32, starts[len(starts)-1]-starts[0])...)
	list := dst[base:]
	each(func(tile int, shape uint32) {
		list[next[tile]] = shape
		next[tile]++
	})
	return dst
}

// tileRange is the tiles of n between two coordinates.
func tileRange(lo, hi float32, n int) (first, end int) {
	limit := func(v float64) int { return int(min(max(v, 0), float64(n))) }
	return limit(math.Floor(float64(lo) / tileSize)), limit(math.Ceil(float64(hi) / tileSize))
}

// Shapes is the number of shapes.
func (s *Scene) Shapes() int { return len(s.shapes) }
