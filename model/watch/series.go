package watch

import "math"

// seriesPoints is how many points a Series has at most.
const seriesPoints = 1024

// Point is a mean over neighbouring steps; Lo and Hi are the extremes among them.
type Point struct{ X, Y, Lo, Hi float64 }

// Series is a curve: at most seriesPoints points, each the mean of equally many numbers. The zero value is empty.
type Series struct {
	points []Point
	size   int   // numbers in each point
	part   Point // sums of the point that is not full
	n      int   // numbers in it
}

// Add appends a number at a step. What is not finite is left out.
func (s *Series) Add(step int64, y float64) {
	if math.IsNaN(y) || math.IsInf(y, 0) {
		return
	}
	s.size = max(s.size, 1)
	if s.n == 0 {
		s.part = Point{Lo: y, Hi: y}
	}
	s.part = Point{s.part.X + float64(step), s.part.Y + y, min(s.part.Lo, y), max(s.part.Hi, y)}
	if s.n++; s.n < s.size {
		return
	}
	s.points, s.n = append(s.points, s.mean()), 0
	if len(s.points) < seriesPoints {
		return
	}
	for i := range seriesPoints / 2 {
		a, b := s.points[2*i], s.points[2*i+1]
		s.points[i] = Point{a.X/2 + b.X/2, a.Y/2 + b.Y/2, min(a.Lo, b.Lo), max(a.Hi, b.Hi)}
	}
	s.points, s.size = s.points[:seriesPoints/2], 2*s.size
}

func (s *Series) mean() Point {
	n := float64(max(s.n, 1))
	return Point{s.part.X / n, s.part.Y / n, s.part.Lo, s.part.Hi}
}

// Points appends the curve to dst.
func (s *Series) Points(dst []Point) []Point {
	dst = append(dst, s.points...)
	if s.n > 0 {
		dst = append(dst, s.mean())
	}
	return dst
}

// Len is the number of points.
func (s *Series) Len() int { return len(s.points) + min(s.n, 1) }

// Smooth returns the exponentially weighted mean of points over about so many of them, without the bias of the first ones.
func Smooth(points []Point, over float64) []Point {
	keep := 1 - 1/max(over, 1)
	out := make([]Point, len(points))
	sum, weight := 0.0, 0.0
	for i, p := range points {
		sum, weight = keep*sum+(1-keep)*p.Y, keep*weight+(1-keep)
		out[i] = p
		out[i].Y = sum / weight
	}
	return out
}
