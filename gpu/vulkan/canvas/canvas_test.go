//go:build cgo

package canvas

import (
	"errors"
	"fmt"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// open opens a canvas without a window. A missing device is a failure where one is required.
func open(t *testing.T) *Canvas {
	t.Helper()
	inst, err := Instance()
	var c *Canvas
	if err == nil {
		c, err = Open(inst, 0)
	}
	if err != nil && os.Getenv("SPECTRAL_REQUIRE_GPU") != "1" && errors.Is(err, gpu.ErrNoDevice) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// differ compares the picture of a scene with the reference, pixel by pixel: each color within one step of 255, which is what rounding leaves.
func differ(c *Canvas, s *Scene) error {
	img := c.Image()
	if img.Rect.Dx() != s.Width || img.Rect.Dy() != s.Height {
		return fmt.Errorf("the picture is %v", img.Rect)
	}
	for j := range s.Height {
		for i := range s.Width {
			got, want := img.RGBAAt(i, j), reference(s, i, j)
			for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B), 2 * (int(got.A) - 255)} {
				if d < -1 || d > 1 {
					return fmt.Errorf("pixel (%d, %d) is %v, want %v", i, j, got, want)
				}
			}
		}
	}
	return nil
}

func TestShapes(t *testing.T) {
	nan := float32(math.NaN())
	c := open(t)
	for _, v := range []struct {
		name          string
		width, height int
		draw          func(s *Scene)
	}{
		{"nothing", 1, 1, func(*Scene) {}},
		{"nothing, odd size", 33, 17, func(*Scene) {}},
		{"rectangle at whole pixels", 16, 16, func(s *Scene) { s.Rect(3, 4, 9, 12, RGB(0xff0000)) }},
		{"rectangle between pixels", 40, 31, func(s *Scene) { s.Rect(2.25, 3.5, 33.75, 20.125, RGB(0x00ff80)) }},
		{"thin rectangle", 20, 20, func(s *Scene) { s.Rect(5.2, 1, 5.6, 19, RGB(0)) }},
		{"outside", 20, 20, func(s *Scene) {
			s.Rect(-50, -50, -1, -1, RGB(0))
			s.Rect(30, 3, 40, 9, RGB(0))
			s.Line(-9, -9, 50, 60, 2, RGB(0xff))
		}},
		{"lines", 70, 50, func(s *Scene) {
			s.Line(3, 3, 60, 40, 1.5, RGB(0x123456))
			s.Line(60, 5, 4, 5, 1, RGB(0xabcdef))
			s.Line(10, 45, 10, 2, 3, RGB(0x00ff00))
			s.Line(30.5, 30.5, 30.5, 30.5, 7, RGB(0xff00ff))
		}},
		{"transparent, in order", 30, 30, func(s *Scene) { s.Rect(2, 2, 20, 20, RGB(0xff0000)); s.Rect(8, 8, 28, 28, RGB(0x0000ff).Alpha(0.4)) }},
		{"glyph", 20, 18, func(s *Scene) {
			s.Glyph(5, 15, s.Store(3, 2, []float32{0, 0.5, 1, 1, 0.25, 0}), RGB(0))
			s.Glyph(-1, 2, Stored{0, 3, 2}, RGB(0x40))
		}},
		{"picture", 50, 40, func(s *Scene) { s.Picture(4.5, 3, 45, 37.5, s.Store(3, 2, []float32{0, 1, 2, nan, -1, 5}), 0, 2) }},
		{"not finite", 9, 9, func(s *Scene) { s.Rect(0, math.NaN(), 5, 5, RGB(0)); s.Line(math.Inf(1), 0, 5, 5, 1, RGB(0)) }},
		{"empty", 9, 9, func(s *Scene) {
			s.Picture(5, 5, 5, 5, s.Store(1, 1, []float32{1}), 0, 1)
			s.Glyph(0, 0, Stored{}, RGB(0))
		}},
	} {
		t.Run(v.name, func(t *testing.T) {
			var s Scene
			s.Reset(v.width, v.height, RGB(0xf8f8ff))
			v.draw(&s)
			if err := c.Draw(&s); err != nil {
				t.Fatal(err)
			}
			if err := differ(c, &s); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestManyShapes draws what comes to mind, of growing and shrinking sizes, on one canvas.
func TestManyShapes(t *testing.T) {
	c := open(t)
	rapid.Check(t, func(t *rapid.T) {
		var s Scene
		s.Reset(rapid.IntRange(1, 90).Draw(t, "width"), rapid.IntRange(1, 70).Draw(t, "height"), RGB(rapid.Uint32Range(0, 0xffffff).Draw(t, "background")))
		at := rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-40, 480).Draw(t, "quarters")) / 4 })
		for range rapid.IntRange(0, 12).Draw(t, "shapes") {
			col := RGB(rapid.Uint32Range(0, 0xffffff).Draw(t, "color")).Alpha(float64(rapid.IntRange(0, 4).Draw(t, "opacity")) / 4)
			x, y, u, v := at.Draw(t, "x0"), at.Draw(t, "y0"), at.Draw(t, "x1"), at.Draw(t, "y1")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				s.Rect(x, y, u, v, col)
			case 1:
				s.Line(x, y, u, v, float64(rapid.IntRange(0, 20).Draw(t, "width"))/4, col)
			case 2:
				cols, rows := rapid.IntRange(1, 20).Draw(t, "cols"), rapid.IntRange(1, 20).Draw(t, "rows")
				cover := make([]float32, cols*rows)
				for i := range cover {
					cover[i] = float32(i%5) / 4
				}
				s.Glyph(int(x), int(y), s.Store(cols, rows, cover), col)
			}
		}
		if err := c.Draw(&s); err != nil {
			t.Fatal(err)
		}
		if err := differ(c, &s); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBadSizes(t *testing.T) {
	c := open(t)
	for _, size := range [][2]int{{0, 5}, {5, 0}, {-1, 5}, {1<<14 + 1, 5}} {
		if err := c.Draw(&Scene{Width: size[0], Height: size[1]}); !errors.Is(err, gpu.ErrShape) {
			t.Errorf("%v: %v", size, err)
		}
	}
}
