package picture

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/model/axis"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// smoothing is over how many points of a curve the smooth one over it is taken.
const smoothing = 8

// progress draws a curve of training, muted, the smooth one over it, and the evaluations.
func (p *Painter) progress(b box, title string, log bool, step int64, train, eval *watch.Series) {
	key := []entry{{"train", blue, false}}
	if eval != nil {
		key = append(key, entry{"evaluation", orange, true})
	}
	raw := train.Points(nil)
	all := []series{{points: raw, color: muted, width: 1, spread: true}, {points: watch.Smooth(raw, smoothing), color: blue, width: 2, smooth: true}}
	if eval != nil {
		all = append(all, series{points: eval.Points(nil), color: orange, width: 2, discs: true})
	}
	p.plot(p.panel(b, title, key...), log, step, all...)
}

// band draws the least and the largest singular value over the steps.
func (p *Painter) band(b box, board *watch.Board) {
	lo, hi := board.SigmaMin.Points(nil), board.SigmaMax.Points(nil)
	all := []series{{points: lo, color: blue, width: 2}, {points: hi, color: orange, width: 2}}
	in := p.panel(b, "least and largest σ", entry{"σ min", blue, false}, entry{"σ max", orange, false})
	p.plot(in, false, board.Step, all...)
}

// spectrum draws the histogram of singular values: over their band where they have one.
func (p *Painter) spectrum(b box, board *watch.Board) {
	if len(board.Spectra) == 0 {
		p.note(p.panel(b, "singular values σ"), "no checkpoint yet")
		return
	}
	s := board.Spectra[0]
	lo, hi := s.Sigma[len(s.Sigma)-1], s.Sigma[0]
	title, key := fmt.Sprintf("σ of %s at step %d", s.Name, board.Saved), []entry(nil)
	if s.Banded {
		lo, hi = min(lo, s.Lo), max(hi, s.Hi)
		key = []entry{{"band", red, false}}
	}
	x := axis.New(lo, hi, false, room)
	const bins = 41
	counts := make([]int, bins)
	most := 0
	for _, v := range s.Sigma {
		i := min(int(x.At(v)*bins), bins-1)
		counts[i]++
		most = max(most, counts[i])
	}
	y := axis.Axis{Hi: 1.08 * float64(max(most, 4))}
	in := p.axes(p.panel(b, title, key...), x, y, "σ")
	if in.width() < 20 || in.height() < 20 {
		return
	}
	for i, n := range counts {
		if n > 0 {
			p.scene.Rect(math.Round(in.x0+float64(i)/bins*in.width())+1, in.y1-y.At(float64(n))*in.height(), math.Round(in.x0+float64(i+1)/bins*in.width()), in.y1, blue)
		}
	}
	if s.Banded {
		for _, v := range []float64{s.Lo, s.Hi} {
			at := in.x0 + x.At(v)*in.width()
			for y := in.y0; y < in.y1; y += 8 * p.scale {
				p.scene.Line(at, y, at, min(y+4*p.scale, in.y1), 1.5*p.scale, red)
			}
		}
	}
}

// gradients draws ‖dL/dh_t‖ as a picture that grows with the steps, t upward: at every step that of the last checkpoint before.
func (p *Painter) gradients(b box, board *watch.Board) {
	in := p.panel(b, "gradients through time ‖∂L/∂h‖, t upward")
	if len(board.Gradients) == 0 {
		text := "no checkpoint yet"
		if board.NoGrad != "" {
			text = "none: " + board.NoGrad
		}
		p.note(in, text)
		return
	}
	x := axis.Axis{Lo: float64(board.Gradients[0].Step), Hi: float64(max(board.Step, board.LastStep))}
	begin, end := 0.0, 0.0 // where the picture begins and ends
	if x.Hi > x.Lo {
		end = min(1, max(x.At(float64(board.Step)), 0.01))
	} else { // only the last state was seen
		x = axis.Axis{Hi: max(x.Lo, 1)}
		begin, end = 0.98, 1
	}
	y := axis.Axis{Hi: float64(max(board.Gradients[0].Last, 1))}
	legend := 46 * p.scale
	plot := p.axes(box{in.x0, in.y0, in.x1 - legend - 12*p.scale, in.y1}, x, y, "step")
	if plot.width() < 20 || plot.height() < 20 {
		return
	}
	columns := max(1, int((end-begin)*plot.width()/2))
	values, lo, hi := heat(board.Gradients, columns, func(column int) float64 {
		return x.Value(begin + (float64(column)+0.5)/float64(columns)*(end-begin))
	})
	if hi < lo {
		p.note(in, "every gradient is 0")
		return
	}
	lo = max(lo, hi-10)
	if hi-lo < 0.1 {
		lo, hi = lo-0.05, hi+0.05
	}
	at := p.scene.Store(columns, len(values)/columns, values)
	x0, wide := plot.x0+1, plot.width()-1
	p.scene.Picture(x0+begin*wide, plot.y0, x0+end*wide, plot.y1, at, lo, hi)
	p.colors(box{plot.x1 + 14*p.scale, plot.y0, plot.x1 + 26*p.scale, plot.y1}, lo, hi)
}

// heat returns the common logarithms of gradients, the last time step on top, at the steps of columns, and their limits; NaN where one is 0.
func heat(all []watch.Gradient, columns int, step func(column int) float64) (values []float32, lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	rows := len(all[0].Norms)
	values = make([]float32, rows*columns)
	at := 0
	for i := range columns {
		for at+1 < len(all) && float64(all[at+1].Step) <= step(i) {
			at++
		}
		for j := range rows {
			v := math.NaN()
			if t := rows - 1 - j; t < len(all[at].Norms) && all[at].Norms[t] > 0 {
				v = math.Log10(all[at].Norms[t])
				lo, hi = min(lo, v), max(hi, v)
			}
			values[j*columns+i] = float32(v)
		}
	}
	return values, lo, hi
}

// colors draws what the colors of a picture stand for: powers of ten.
func (p *Painter) colors(b box, lo, hi float64) {
	const steps = 64
	ramp := make([]float32, steps)
	for i := range ramp {
		ramp[i] = float32(steps-1-i) / (steps - 1)
	}
	p.scene.Picture(b.x0, b.y0, b.x1, b.y1, p.scene.Store(1, steps, ramp), 0, 1)
	scale := axis.Axis{Lo: math.Pow(10, lo), Hi: math.Pow(10, hi), Log: true}
	for _, t := range scale.Ticks(max(2, int(b.height()/(4*p.small.height)))) {
		if t.Value < scale.Lo || t.Value > scale.Hi || t.Label == "" {
			continue
		}
		at := b.y1 - scale.At(t.Value)*b.height()
		p.scene.Rect(b.x1, math.Round(at), b.x1+3*p.scale, math.Round(at)+1, frame)
		p.text(p.small, b.x1+6*p.scale, at+p.small.height/2, t.Label, left, soft)
	}
}
