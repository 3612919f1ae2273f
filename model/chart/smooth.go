package chart

import (
	"math"

	"gonum.org/v1/plot/plotter"
)

// fewest is the number of points from which on a curve is smoothed.
const fewest = 24

// Smooth returns the curve averaged with weights that fall like a Gaussian with the distance, of a fortieth of the points as its standard
// deviation. It has no lag; near its ends the points that there are count. A curve of few points has none: nil.
func Smooth(pts plotter.XYs) plotter.XYs {
	if len(pts) < fewest {
		return nil
	}
	width := float64(len(pts)) / 40
	reach := int(math.Ceil(3 * width))
	weights := make([]float64, reach+1)
	for d := range weights {
		weights[d] = math.Exp(-0.5 * float64(d*d) / (width * width))
	}
	out := make(plotter.XYs, len(pts))
	for i := range pts {
		var sum, total float64
		for j := max(0, i-reach); j <= min(len(pts)-1, i+reach); j++ {
			w := weights[max(i-j, j-i)]
			sum, total = sum+w*pts[j].Y, total+w
		}
		out[i] = plotter.XY{X: pts[i].X, Y: sum / total}
	}
	return out
}

// WithSmooth returns the lines of a curve of training: the raw numbers muted with the smoothed curve over them, or the raw ones alone where there
// are few.
func WithSmooth(name string, pts plotter.XYs, color int) []Line {
	if smooth := Smooth(pts); smooth != nil {
		return []Line{{Points: pts, Color: color, Style: Muted}, {Name: name, Points: smooth, Color: color}}
	}
	return []Line{{Name: name, Points: pts, Color: color}}
}
