package picture

import (
	"math"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model/train"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// board has n steps of everything that can be shown.
func board(n int) *watch.Board {
	c := train.Config{Task: "mnist", Steps: 1000}
	c.Model.Cell, c.Model.Hidden, c.Model.Reflectors = "spectral", 128, 16
	b := &watch.Board{Dir: "runs/first", Config: &c, Step: int64(n), LastStep: 1000, Rate: 12.5, Changed: time.Now(), Saved: int64(n)}
	for i := 1; i <= n; i++ {
		x, at := float64(i), int64(i)
		b.Loss.Add(at, 2.3*math.Exp(-x/200)*(1+0.3*math.Sin(x*x)))
		b.Accuracy.Add(at, 1-0.9*math.Exp(-x/200))
		b.GradNorm.Add(at, 1+math.Sin(x/30)/2)
		b.SigmaMin.Add(at, 1-1e-5*x)
		b.SigmaMax.Add(at, 1+1e-5*x)
		if i%20 == 0 {
			b.EvalLoss.Add(at, 2.2*math.Exp(-x/200))
			b.EvalAccuracy.Add(at, 0.8)
			b.Gradients = append(b.Gradients, watch.Gradient{Step: at, Last: 4, Norms: []float64{1e-3, 1e-2, 0.1, 1, 0}})
		}
	}
	b.Recent = train.Row{Step: int64(n), Split: "train", Loss: 0.2, GradNorm: 0.7, SigmaMin: 0.991, SigmaMax: 1.009}
	b.Evals = []train.Row{{Step: int64(n), Split: "valid", Loss: 0.3, Accuracy: 0.82}}
	b.Spectra = []watch.Spectrum{{Name: "layers.0.W", Sigma: []float64{1.008, 1.002, 1, 1, 0.995}, Banded: true, Lo: 0.99, Hi: 1.01}}
	return b
}

// TestDrawAnySize lays boards out in windows of every size; what is drawn must have a place.
func TestDrawAnySize(t *testing.T) {
	var p Painter
	late := board(1000)
	late.Gradients = late.Gradients[len(late.Gradients)-1:]
	for _, b := range []*watch.Board{board(500), board(1), late, {Dir: "x", Saved: -1}, {Dir: "x", NoGrad: "no data"}} {
		for _, size := range [][2]int{{1, 1}, {40, 700}, {200, 150}, {640, 480}, {1280, 800}, {2560, 1440}} {
			for _, scale := range []float64{0, 1, 2} {
				s, err := p.Draw(b, View{Width: size[0], Height: size[1], Scale: scale, Now: time.Now()})
				if err != nil || s.Width != size[0] || s.Height != size[1] || s.Shapes() == 0 {
					t.Fatalf("%v, scale %g: %d shapes, %v", size, scale, s.Shapes(), err)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	f, err := newFace(14, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range "σ‖…·−∂0aW%" {
		if _, _, ok := f.font.GlyphBounds(r); !ok {
			t.Errorf("the font has no %q", r)
		}
	}
	if w := f.width("mm"); w < 15 || w > 30 || f.width("") != 0 {
		t.Errorf("mm is %g wide", w)
	}
	if got := f.fit("a long sentence", f.width("a long")); f.width(got) > f.width("a long") || got == "" || got == "a long sentence" {
		t.Errorf("%q", got)
	}
}
