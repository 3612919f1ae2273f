package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

func texts(t []plot.Tick) string {
	var all []string
	for _, k := range t {
		if k.Label != "" {
			all = append(all, k.Label)
		}
	}
	return strings.Join(all, " ")
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		ticker plot.Ticker
		lo, hi float64
		want   string
	}{
		{linear{5}, 0, 2000, "0 500 1000 1500 2000"},
		{linear{5}, 0, 7, "0 2 4 6"},
		{linear{6}, 0.9893, 1.0104, "0.990 0.995 1.000 1.005 1.010"},
		{linear{5}, 0, 70313, "0 20k 40k 60k"},
		{linear{5}, 0, 2.4e6, "0 500k 1000k 1500k 2000k"},
		{linear{5}, -1.2, 1.1, "−1.0 −0.5 0.0 0.5 1.0"},
		{linear{5}, 0, 4.1e-7, "0 1e−7 2e−7 3e−7 4e−7"},
		{linear{5}, 1, 1 + 1e-15, "1 1"},
		{decades{6}, 2e-4, 3, "0.001 0.01 0.1 1"},
		{decades{6}, 0.15, 3, "0.2 0.5 1 2"},
		{decades{6}, 1.1, 1.9, "1.2 1.4 1.6 1.8"},
		{decades{6}, 1e-12, 1e6, "1e−12 1e−9 1e−6 0.001 1 1000 1e6"},
	} {
		if got := texts(c.ticker.Ticks(c.lo, c.hi)); got != c.want {
			t.Errorf("%T %g … %g: %s, want %s", c.ticker, c.lo, c.hi, got, c.want)
		}
	}
}

// TestSmooth: a constant and, away from the ends, a line stay what they are; noise is averaged.
func TestSmooth(t *testing.T) {
	if Smooth(make(plotter.XYs, fewest-1)) != nil {
		t.Error("few points are smoothed")
	}
	var pts plotter.XYs
	for i := range 200 {
		pts = append(pts, plotter.XY{X: float64(i), Y: 3 + 0.5*float64(i) + float64(i%2)})
	}
	for i, p := range Smooth(pts) {
		if p.X != float64(i) || i > 20 && i < 180 && math.Abs(p.Y-(3.5+0.5*float64(i))) > 0.01 {
			t.Errorf("%d: %+v", i, p)
		}
	}
}

func sample() Chart {
	return Chart{Title: `<"loss">`, X: "step", Y: "a & b", Log: true, Limits: []Limit{{"top", 1}},
		Bands: []Band{{Name: "band", Low: plotter.XYs{{X: 0, Y: 0.1}, {X: 1, Y: math.NaN()}, {X: 2, Y: 0.2}}, High: plotter.XYs{{X: 0, Y: 0.3}, {X: 1, Y: 1}, {X: 2, Y: 0.4}}}},
		Lines: []Line{{Name: "<b>", Points: plotter.XYs{{X: 0, Y: 0.5}, {X: 1, Y: -1}, {X: 2, Y: math.Inf(1)}, {X: 3, Y: 0.25}}, Color: 9}, {Name: "one", Points: plotter.XYs{{X: 2, Y: 0.5}}}}}
}

// TestSVG: what comes out is well formed, escaped, without a script, without fixed colours, and in the page's font.
func TestSVG(t *testing.T) {
	svg := sample().SVG()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"NaN", "Inf", "<b>", "<script", ":#", "Liberation", "<?xml"} {
		if strings.Contains(svg, bad) {
			t.Errorf("%s in %.3000s", bad, svg)
		}
	}
	for _, want := range []string{"var(--c1)", "color-mix(in srgb,var(--c0) 18%,transparent)", "var(--ink)", "&lt;b&gt;", ">top<", `aria-label="&lt;&#34;loss`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %.3000s", want, svg)
		}
	}
	if (Chart{Lines: []Line{{Points: plotter.XYs{{X: 1, Y: math.NaN()}}}}}).SVG() != "" {
		t.Error("a picture of nothing")
	}
	if svg := (Chart{Empty: "nothing here"}).SVG(); !strings.Contains(svg, "nothing here") {
		t.Error(svg)
	}
}

// TestEveryColorIsReplaced: the colours that stand for roles come back from the SVG writer as they went in.
func TestEveryColorIsReplaced(t *testing.T) {
	for i := range 2 * Colors() {
		c := Chart{Lines: []Line{{Points: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, Color: i}, {Points: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, Color: i, Style: Muted}},
			Bands: []Band{{Low: plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 0}}, High: plotter.XYs{{X: 0, Y: 1}, {X: 1, Y: 1}}, Color: i, Strong: true}}}
		for _, r := range []role{series, muted, filled} {
			if want := css(r, i%Colors()); !strings.Contains(c.SVG(), want) {
				t.Errorf("no %s", want)
			}
		}
	}
}

func TestPicture(t *testing.T) {
	for n, want := range map[int][2]int{1: {528, 336}, 2: {1056, 336}, 3: {1056, 672}} {
		var charts []Chart
		for range n {
			charts = append(charts, sample(), Chart{}) // the empty one is left out
		}
		var b bytes.Buffer
		if err := WritePNG(&b, Picture(charts)); err != nil {
			t.Fatal(err)
		}
		if img, err := png.Decode(&b); err != nil || img.Bounds().Dx() != want[0] || img.Bounds().Dy() != want[1] {
			t.Errorf("%d: %v, %v", n, img.Bounds(), err)
		}
	}
	if Picture([]Chart{{}}) != nil {
		t.Error("a picture of nothing")
	}
}
