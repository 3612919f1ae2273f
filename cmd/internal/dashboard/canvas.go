package dashboard

import (
	"math"
	"strings"
)

// canvas is a grid of cells, each with 2 × 4 dots that a Braille character shows, or with a character of its own.
type canvas struct {
	w, h  int // cells
	dots  []uint8
	runes []rune  // 0 where the dots are shown
	ink   []color // of the cell: what was drawn last
}

func newCanvas(w, h int) *canvas {
	w, h = max(w, 0), max(h, 0)
	return &canvas{w, h, make([]uint8, w*h), make([]rune, w*h), make([]color, w*h)}
}

// bits of the dots of a Braille character, by row and column.
var bits = [4][2]uint8{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// dot sets a dot; (0, 0) is at the top left. What lies outside is not drawn.
func (c *canvas) dot(x, y int, ink color) {
	if x < 0 || y < 0 || x >= 2*c.w || y >= 4*c.h {
		return
	}
	at := y/4*c.w + x/2
	c.dots[at] |= bits[y%4][x%2]
	c.ink[at] = ink
}

// row4 is the row of dots of a place, 0 being the lowest and 1 the highest.
func (c *canvas) row4(at float64) int { return 4*c.h - 1 - int(math.Round(at*float64(4*c.h-1))) }

// line draws dots from one place to another, ends included.
func (c *canvas) line(x0, y0, x1, y1 int, ink color) {
	n := max(abs(x1-x0), abs(y1-y0), 1)
	for i := range n + 1 {
		c.dot(x0+(x1-x0)*i/n, y0+(y1-y0)*i/n, ink)
	}
}

// put sets a character.
func (c *canvas) put(x, y int, r rune, ink color) {
	if x >= 0 && y >= 0 && x < c.w && y < c.h {
		c.runes[y*c.w+x], c.ink[y*c.w+x] = r, ink
	}
}

// row returns a row of cells.
func (c *canvas) row(y int) string {
	var b strings.Builder
	for x := 0; x < c.w; {
		at := y*c.w + x
		end := x
		for end < c.w && c.ink[y*c.w+end] == c.ink[at] {
			end++
		}
		var text strings.Builder
		for ; x < end; x++ {
			switch at := y*c.w + x; {
			case c.runes[at] != 0:
				text.WriteRune(c.runes[at])
			case c.dots[at] != 0:
				text.WriteRune(0x2800 + rune(c.dots[at]))
			default:
				text.WriteByte(' ')
			}
		}
		b.WriteString(c.ink[at].paint(text.String()))
	}
	return b.String()
}

func abs(v int) int { return max(v, -v) }
