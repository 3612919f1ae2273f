package picture

import (
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/canvas"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// The colors. Blue and orange differ for those who tell red from green badly, too.
var (
	ground = canvas.RGB(0xf3f4f7)
	card   = canvas.RGB(0xffffff)
	border = canvas.RGB(0xd9dce3)
	frame  = canvas.RGB(0x9aa1ae)
	grid   = canvas.RGB(0xe9ebf0)
	ink    = canvas.RGB(0x1c2330)
	soft   = canvas.RGB(0x596273)
	blue   = canvas.RGB(0x2468b4)
	muted  = canvas.RGB(0xbcd3ec)
	orange = canvas.RGB(0xe07b00)
	red    = canvas.RGB(0xc9302c)
	green  = canvas.RGB(0x2e8b57)
)

// View is how a board is shown.
type View struct {
	Width, Height int     // pixels
	Scale         float64 // pixels of a point of text, as the screen is dense; 0 stands for 1
	Paused        bool
	Message       string // told at the bottom instead of the keys
	Now           time.Time
}

// Painter draws boards.
type Painter struct {
	scene                       canvas.Scene
	scale                       float64
	small, normal, title, large *face
	stored                      map[stored]canvas.Stored // glyphs in the scene's numbers
}

type stored struct {
	f *face
	r rune
}

// Draw returns the picture of a board, which is valid until the next call.
func (p *Painter) Draw(b *watch.Board, v View) (*canvas.Scene, error) {
	if v.Scale <= 0 {
		v.Scale = 1
	}
	if err := p.fonts(v.Scale); err != nil {
		return nil, err
	}
	p.scene.Reset(v.Width, v.Height, ground)
	p.stored = map[stored]canvas.Stored{}
	gap := 12 * p.scale
	all := box{gap, gap, float64(v.Width) - gap, float64(v.Height) - gap}
	top := p.head(all, b, v)
	foot := p.normal.height + 4*p.scale
	p.foot(box{all.x0, all.y1 - foot, all.x1, all.y1}, v)
	p.panels(box{all.x0, top + gap, all.x1, all.y1 - foot - gap}, b, gap)
	return &p.scene, nil
}

func (p *Painter) fonts(scale float64) (err error) {
	if scale == p.scale && p.large != nil {
		return nil
	}
	for _, f := range []struct {
		face **face
		size float64
		bold bool
	}{{&p.small, 12, false}, {&p.normal, 14, false}, {&p.title, 14, true}, {&p.large, 18, true}} {
		if *f.face, err = newFace(f.size*scale, f.bold); err != nil {
			return err
		}
	}
	p.scale = scale
	return nil
}

// head says in words and with a bar what the run is and how far it is; it returns where it ends.
func (p *Painter) head(in box, b *watch.Board, v View) float64 {
	name := filepath.Base(b.Dir)
	if c := b.Config; c != nil {
		name += fmt.Sprintf(" · %s · %s, n = %d", c.Task, c.Model.Cell, c.Model.Hidden)
		if c.Model.Reflectors > 0 {
			name += fmt.Sprintf(", m = %d", c.Model.Reflectors)
		}
	}
	status, color := state(b, v.Now)
	if v.Paused {
		status, color = "paused", orange
	}
	y := in.y0 + p.large.height + 4*p.scale
	p.text(p.title, in.x1, y, status, right, color)
	p.text(p.large, in.x0, y, p.large.fit(name, in.width()-p.title.width(status)-20*p.scale), left, ink)

	y += 12 * p.scale
	share := 0.0
	if b.LastStep > 0 {
		share = min(1, float64(b.Step)/float64(b.LastStep))
	}
	p.scene.Rect(in.x0, math.Round(y), in.x1, math.Round(y+6*p.scale), border)
	p.scene.Rect(in.x0, math.Round(y), in.x0+share*in.width(), math.Round(y+6*p.scale), blue)
	y += 6*p.scale + 10*p.scale + p.normal.height
	said := p.said(b)
	right := ""
	if n := len(b.Evals); n > 0 {
		e := b.Evals[n-1]
		right = fmt.Sprintf("%s at step %d: loss %.5g", e.Split, e.Step, e.Loss)
		if !math.IsNaN(e.Accuracy) {
			right += fmt.Sprintf(", accuracy %.2f %%", 100*e.Accuracy)
		}
	}
	if b.Err != nil {
		right = "cannot read all of it: " + b.Err.Error()
	}
	p.text(p.normal, in.x0, y, said, left, ink)
	room := in.width() - p.normal.width(said) - 30*p.scale
	p.text(p.normal, in.x1, y, p.normal.fit(right, max(room, 0)), 1, orange)
	return y + 2*p.scale
}

// said is the numbers of the last step.
func (p *Painter) said(b *watch.Board) string {
	points := watch.Smooth(b.Loss.Points(nil), smoothing)
	if len(points) == 0 {
		return "no step yet"
	}
	text := fmt.Sprintf("step %d", b.Step)
	if b.LastStep > 0 {
		text += fmt.Sprintf(" of %d", b.LastStep)
	}
	text += fmt.Sprintf("   loss %.4g", points[len(points)-1].Y)
	if acc := watch.Smooth(b.Accuracy.Points(nil), smoothing); len(acc) > 0 {
		text += fmt.Sprintf("   accuracy %.1f %%", 100*acc[len(acc)-1].Y)
	}
	text += fmt.Sprintf("   ‖g‖ %.3g", b.Recent.GradNorm)
	if b.Recent.SigmaMax > 0 {
		text += fmt.Sprintf("   σ %.5g … %.5g", b.Recent.SigmaMin, b.Recent.SigmaMax)
	}
	return text
}

// state says what the run is doing.
func state(b *watch.Board, now time.Time) (string, canvas.Color) {
	switch b.State(now) {
	case watch.Waiting:
		return "waiting for the first step", soft
	case watch.Done:
		return "done", green
	case watch.Silent:
		return "no new rows for " + now.Sub(b.Changed).Round(time.Second).String(), orange
	}
	if b.Rate <= 0 {
		return "training", soft
	}
	text := fmt.Sprintf("%.3g steps/s", b.Rate)
	if left, ok := b.Left(); ok {
		text += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return text, soft
}

// foot tells the keys, or what a key has done.
func (p *Painter) foot(in box, v View) {
	text, color := "space: pause   S: save this picture   Q: close, the run goes on", soft
	if v.Paused {
		text = "space: go on   S: save this picture   Q: close, the run goes on"
	}
	if v.Message != "" {
		text, color = v.Message, ink
	}
	p.text(p.normal, in.x0, in.y1-4*p.scale, p.normal.fit(text, in.width()), left, color)
}

// panels divides the room among the panels: two or three in a row, as it is wide.
func (p *Painter) panels(in box, b *watch.Board, gap float64) {
	list := []func(box){func(x box) { p.progress(x, "loss", true, b.Step, &b.Loss, &b.EvalLoss) }}
	if b.Accuracy.Len() > 0 {
		list = append(list, func(x box) { p.progress(x, "accuracy", false, b.Step, &b.Accuracy, &b.EvalAccuracy) })
	}
	list = append(list, func(x box) { p.spectrum(x, b) },
		func(x box) { p.progress(x, "gradient norm ‖g‖", true, b.Step, &b.GradNorm, nil) }, func(x box) { p.gradients(x, b) })
	if b.SigmaMax.Len() > 0 && len(list) == 5 {
		list = append(list, func(x box) { p.band(x, b) })
	}
	cols := 1
	for n := 2; n <= 3; n++ {
		if in.width() >= float64(n)*300*p.scale && (n == 2 || len(list) > 4) {
			cols = n
		}
	}
	rows := (len(list) + cols - 1) / cols
	if least := 130 * p.scale; in.height() < float64(rows)*least {
		rows = max(1, int(in.height()/least))
	}
	height := (in.height() - gap*float64(rows-1)) / float64(rows)
	if height < 90*p.scale || in.width() < 160*p.scale {
		p.note(in, "make the window larger")
		return
	}
	for i, draw := range list[:min(len(list), rows*cols)] {
		r, c := i/cols, i%cols
		n := min(cols, len(list)-r*cols)
		width := (in.width() - gap*float64(n-1)) / float64(n)
		x, y := math.Round(in.x0+float64(c)*(width+gap)), math.Round(in.y0+float64(r)*(height+gap))
		draw(box{x, y, math.Round(x + width), math.Round(y + height)})
	}
}
