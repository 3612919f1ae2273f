package dashboard

import (
	"fmt"
	"math"

	"github.com/spectral-gpu/spectral-gpu/model/axis"
	"github.com/spectral-gpu/spectral-gpu/model/watch"
)

// curve is a series with its colour.
type curve struct {
	points []watch.Point
	ink    color
	dots   bool // each point is marked
}

// plot draws curves over the steps.
func plot(title, key string, w, h int, log bool, curves ...curve) panel {
	p := panel{title: title, key: key, w: w, h: h}
	lo, hi := math.Inf(1), math.Inf(-1)
	first, last := math.Inf(1), 0.0
	for _, c := range curves {
		for _, q := range c.points {
			first, last = min(first, q.X), max(last, q.X)
			if !log || q.Y > 0 {
				lo, hi = min(lo, q.Y), max(hi, q.Y)
			}
		}
	}
	if hi < lo {
		p.body = []string{faint.paint("nothing yet")}
		return p
	}
	c := canvasIn(w, h)
	x, y := axis.New(first, last, false, 0), axis.New(lo, hi, log, 0)
	place := func(q watch.Point) (int, int) {
		return int(x.At(q.X) * float64(2*c.w-1)), c.row4(y.At(q.Y))
	}
	for _, s := range curves {
		for i, q := range s.points {
			x1, y1 := place(q)
			x0, y0 := x1, y1
			if i > 0 {
				x0, y0 = place(s.points[i-1])
			}
			c.line(x0, y0, x1, y1, s.ink)
			if s.dots {
				c.put(x1/2, y1/4, '●', s.ink)
			}
		}
	}
	p.body = frame(c, y, c.h, fmt.Sprintf("step %.0f", first), fmt.Sprintf("%.0f", last))
	return p
}

// eighths are blocks of growing height.
var eighths = []rune(" ▁▂▃▄▅▆▇█")

// spectrum draws the histogram of singular values: over their band where they have one.
func spectrum(w, h int, s *watch.Spectrum, saved int64) panel {
	p := panel{title: "σ", w: w, h: h}
	if s == nil {
		p.body = []string{faint.paint("no checkpoint yet")}
		return p
	}
	lo, hi := s.Sigma[len(s.Sigma)-1], s.Sigma[0]
	p.title = fmt.Sprintf("σ of %s, step %d", s.Name, saved)
	p.key = "free"
	if s.Banded {
		lo, hi = min(lo, s.Lo), max(hi, s.Hi)
		p.key = "┊ band"
	}
	x := axis.New(lo, hi, false, 0)
	c := canvasIn(w, h)
	if c.w < 1 || c.h < 1 {
		return p
	}
	counts := make([]int, c.w)
	most := 0
	for _, v := range s.Sigma {
		at := min(int(x.At(v)*float64(c.w)), c.w-1)
		counts[at]++
		most = max(most, counts[at])
	}
	for i, n := range counts {
		for j, left := 0, (n*8*c.h+most-1)/most; j < c.h && left > 0; j, left = j+1, left-8 {
			c.put(i, c.h-1-j, eighths[min(left, 8)], blue)
		}
	}
	if s.Banded {
		for j := range c.h {
			for _, i := range []int{int(x.At(s.Lo) * float64(c.w-1)), int(x.At(s.Hi) * float64(c.w-1))} {
				if c.runes[j*c.w+i] == 0 {
					c.put(i, j, '┊', orange)
				}
			}
		}
	}
	p.body = frame(c, axis.Axis{Hi: float64(most)}, most, labelOn(x, x.Lo), labelOn(x, x.Hi))
	return p
}

// shades grow darker.
var shades = []rune(" ░▒▓█")

// gradients draws ‖dL/dh_t‖ of every checkpoint: a column each, the last on the right, t upward.
func gradients(w, h int, all []watch.Gradient, why string) panel {
	p := panel{title: "‖dL/dh_t‖ through time", w: w, h: h}
	if len(all) == 0 {
		p.body = []string{faint.paint("no checkpoint yet")}
		if why != "" {
			p.body[0] = faint.paint("none: " + why)
		}
		return p
	}
	c := canvasIn(w, h)
	if c.w < 1 || c.h < 1 {
		return p
	}
	last := all[len(all)-1]
	shown := all[max(0, len(all)-c.w):]
	lo, hi := math.Inf(1), 0.0
	for _, g := range shown {
		for _, v := range g.Norms {
			if v > 0 {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	scale := axis.New(max(lo, hi*1e-8), hi, true, 0)
	for i := range c.w {
		g := shown[i*len(shown)/c.w]
		for j := range c.h {
			if v := g.Norms[(c.h-1-j)*(len(g.Norms)-1)/max(1, c.h-1)]; v > 0 {
				c.put(i, j, shades[1+min(int(scale.At(v)*4), 3)], green)
			}
		}
	}
	p.key = fmt.Sprintf("░ %s … █ %s", labelOn(scale, scale.Lo), labelOn(scale, scale.Hi))
	p.body = frame(c, axis.Axis{Hi: float64(max(last.Last, 1))}, last.Last, fmt.Sprintf("step %d", shown[0].Step), fmt.Sprintf("%d", last.Step))
	return p
}
