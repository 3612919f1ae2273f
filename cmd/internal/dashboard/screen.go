package dashboard

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// View is how a board is shown.
type View struct {
	Width, Height int  // cells
	Paused        bool // nothing new is shown
	ASCII         bool // the terminal has no Unicode
	Now           time.Time
}

// The smallest terminal that a screen is drawn in, and from what width on panels stand side by side.
const (
	leastWidth, leastHeight = 30, 8
	twoColumns              = 76
	leastPanel              = 6 // lines
)

// Screen draws a board: lines of at most v.Width cells, at most v.Height of them.
func Screen(b *watch.Board, v View) string {
	if v.Width < leastWidth || v.Height < leastHeight {
		return cut(fmt.Sprintf("step %d · make the window larger: %d × %d at least", b.Step, leastWidth, leastHeight), max(v.Width, 1))
	}
	lines := head(b, v)
	foot := faint.paint("q leave · space pause")
	if v.Paused {
		foot = orange.paint("paused") + faint.paint(" · space goes on · q leave")
	}
	lines = append(lines, panels(b, v.Width, v.Height-len(lines)-1)...)
	lines = append(lines, foot)
	for i, l := range lines {
		lines[i] = cut(l, v.Width)
	}
	text := strings.Join(lines[:min(len(lines), v.Height)], "\n")
	if v.ASCII {
		text = toASCII(text)
	}
	return text
}

// head is what is told in words.
func head(b *watch.Board, v View) []string {
	name := filepath.Base(b.Dir)
	if c := b.Config; c != nil {
		name += fmt.Sprintf(" · %s · %s, n = %d", c.Task, c.Model.Cell, c.Model.Hidden)
		if c.Model.Reflectors > 0 {
			name += fmt.Sprintf(", m = %d", c.Model.Reflectors)
		}
	}
	lines := append([]string{bold.paint(name), progress(b, v)}, numbers(b, v.Width)...)
	spoken := len(lines)
	for _, e := range b.Evals {
		what := e.Split
		if e.Best {
			what += ", best state"
		}
		text := fmt.Sprintf("%s @%d: loss %.5g", what, e.Step, e.Loss)
		if !math.IsNaN(e.Accuracy) {
			text += fmt.Sprintf(", accuracy %.2f %%", 100*e.Accuracy)
		}
		lines = append(lines, orange.paint(text))
	}
	if v.Height < 18 && len(lines) > spoken+1 { // room for a picture
		lines = append(lines[:spoken], lines[len(lines)-1])
	}
	if b.Err != nil {
		lines = append(lines, red.paint("cannot read all of it: "+b.Err.Error()))
	}
	return lines
}

// progress is the bar with what stands beside it.
func progress(b *watch.Board, v View) string {
	state := b.State(v.Now)
	word := map[watch.State]string{watch.Waiting: "waiting for the first step", watch.Running: "training", watch.Done: "done",
		watch.Silent: "no new rows for " + v.Now.Sub(b.Changed).Round(time.Second).String()}[state]
	text := fmt.Sprintf("step %d", b.Step)
	share := 0.0
	if b.LastStep > 0 {
		share = min(1, float64(b.Step)/float64(b.LastStep))
		text += fmt.Sprintf("/%d", b.LastStep)
	}
	right := word
	if state == watch.Running && b.Rate > 0 {
		right = fmt.Sprintf("%.3g steps/s", b.Rate)
		if left, ok := b.Left(); ok {
			right += fmt.Sprintf("  %v left", left.Round(time.Second))
		}
	}
	room := v.Width - width(text) - width(right) - 9
	if b.LastStep == 0 || room < 8 {
		return text + "  " + right
	}
	full := int(share * float64(room))
	return text + " " + blue.paint(strings.Repeat("█", full)) + faint.paint(strings.Repeat("░", room-full)) + fmt.Sprintf(" %3.0f %% ", 100*share) + " " + right
}

// numbers are those of the last step, in one line or in two; loss and accuracy are smoothed.
func numbers(b *watch.Board, w int) []string {
	points := watch.Smooth(b.Loss.Points(nil), smoothing)
	if len(points) == 0 {
		return []string{faint.paint("no step yet")}
	}
	text := fmt.Sprintf("loss %.4g", points[len(points)-1].Y)
	if acc := watch.Smooth(b.Accuracy.Points(nil), smoothing); len(acc) > 0 {
		text += fmt.Sprintf("  accuracy %.1f %%", 100*acc[len(acc)-1].Y)
	}
	rest := fmt.Sprintf("‖g‖ %.3g", b.Recent.GradNorm)
	if b.Recent.SigmaMax > 0 {
		rest += fmt.Sprintf("  σ %.5g … %.5g", b.Recent.SigmaMin, b.Recent.SigmaMax)
	}
	if width(text)+width(rest)+2 > w {
		return []string{text, rest}
	}
	return []string{text + "  " + rest}
}

// smoothing is over how many points of a curve the smooth one beside it is taken.
const smoothing = 8

// panels fills h lines with as many panels as fit, what says the most first.
func panels(b *watch.Board, w, h int) []string {
	var s *watch.Spectrum
	if len(b.Spectra) > 0 {
		s = &b.Spectra[0]
	}
	list := []func(w, h int) panel{
		func(w, h int) panel {
			return plot("loss", blue.paint("train")+" "+orange.paint("● evaluation"), w, h, true,
				curve{watch.Smooth(b.Loss.Points(nil), smoothing), blue, false}, curve{b.EvalLoss.Points(nil), orange, true})
		},
		func(w, h int) panel { return spectrum(w, h, s, b.Saved) },
		func(w, h int) panel {
			return plot("gradient norm ‖g‖", "", w, h, true, curve{watch.Smooth(b.GradNorm.Points(nil), smoothing), blue, false})
		},
		func(w, h int) panel { return gradients(w, h, b.Gradients, b.NoGrad) },
	}
	if b.Accuracy.Len() > 0 {
		list = append(list[:1], append([]func(w, h int) panel{func(w, h int) panel {
			return plot("accuracy", blue.paint("train")+" "+orange.paint("● evaluation"), w, h, false,
				curve{watch.Smooth(b.Accuracy.Points(nil), smoothing), blue, false}, curve{b.EvalAccuracy.Points(nil), orange, true})
		}}, list[1:]...)...)
	}
	cols := 1
	if w >= twoColumns {
		cols = 2
	}
	rows := min((len(list)+cols-1)/cols, h/leastPanel)
	var out []string
	for i := range rows {
		height := h*(i+1)/rows - h*i/rows
		mine := list[i*cols : min(len(list), (i+1)*cols)]
		var blocks [][]string
		for j, p := range mine {
			wide := (w-len(mine)+1)*(j+1)/len(mine) - (w-len(mine)+1)*j/len(mine)
			blocks = append(blocks, p(wide, height).lines())
		}
		out = append(out, beside(blocks...)...)
	}
	return out
}
