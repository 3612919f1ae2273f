package picture

import (
	"image"
	"math"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/canvas"
)

// face is a font at a size, with the glyphs that were drawn of it.
type face struct {
	font   font.Face
	glyphs map[rune]glyph
	height float64 // of a digit
}

// glyph is a character's coverage of pixels, with the first of them relative to the pen, and how far the pen goes on.
type glyph struct {
	x, y, cols, rows int
	cover            []float32
	advance          fixed.Int26_6
}

// newFace makes a font of a size in pixels; bold or not.
func newFace(size float64, bold bool) (*face, error) {
	ttf := liberationsansregular.TTF
	if bold {
		ttf = liberationsansbold.TTF
	}
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		return nil, err
	}
	f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, err
	}
	out := &face{font: f, glyphs: map[rune]glyph{}}
	out.height = float64(out.glyph('0').rows)
	return out, nil
}

func (f *face) glyph(r rune) glyph {
	if g, ok := f.glyphs[r]; ok {
		return g
	}
	bounds, mask, from, advance, ok := f.font.Glyph(fixed.Point26_6{}, r)
	if !ok {
		bounds, mask, from, advance, _ = f.font.Glyph(fixed.Point26_6{}, '?')
	}
	g := glyph{x: bounds.Min.X, y: bounds.Min.Y, cols: bounds.Dx(), rows: bounds.Dy(), advance: advance}
	if mask != nil {
		g.cover = make([]float32, g.cols*g.rows)
		alpha, _ := mask.(*image.Alpha)
		for j := range g.rows {
			for i := range g.cols {
				if alpha != nil {
					g.cover[j*g.cols+i] = float32(alpha.AlphaAt(from.X+i, from.Y+j).A) / 255
				}
			}
		}
	}
	f.glyphs[r] = g
	return g
}

// width is how far text goes, in pixels.
func (f *face) width(s string) float64 {
	sum := fixed.Int26_6(0)
	for _, r := range s {
		sum += f.glyph(r).advance
	}
	return float64(sum) / 64
}

// anchors of text: where of it the pen's place is.
const (
	left   = 0.0
	middle = 0.5
	right  = 1.0
)

// text writes on a base line; anchor says which part of it is at x.
func (p *Painter) text(f *face, x, y float64, s string, anchor float64, c canvas.Color) {
	pen := fixed.Int26_6(math.Round(x-anchor*f.width(s))) * 64
	for _, r := range s {
		g := f.glyph(r)
		if g.cols > 0 && g.cover != nil {
			key := stored{f, r}
			at, ok := p.stored[key]
			if !ok {
				at = p.scene.Store(g.cols, g.rows, g.cover)
				p.stored[key] = at
			}
			p.scene.Glyph(pen.Round()+g.x, int(math.Round(y))+g.y, at, c)
		}
		pen += g.advance
	}
}

// fit shortens text to a width.
func (f *face) fit(s string, width float64) string {
	if f.width(s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; f.width(short) <= width {
			return short
		}
	}
	return ""
}
