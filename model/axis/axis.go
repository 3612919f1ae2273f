// Package axis maps numbers to the places of a picture: what drawings of the terminal, of the window and of files have in common.
package axis

import "math"

// Axis maps the numbers from Lo to Hi to 0 … 1, evenly or, with Log, by their logarithms.
type Axis struct {
	Lo, Hi float64
	Log    bool
}

// Where all numbers are equal, or nearly so, an axis is this much wider than they need, and a logarithmic one spans this factor at least and
// this many powers at most.
const (
	leastWidth  = 1e-4
	leastFactor = 1.3
	mostFactor  = 1e12
)

// New holds numbers between lo and hi, with a share of their range as room on both sides. A logarithmic axis holds those above 0.
func New(lo, hi float64, log bool, room float64) Axis {
	if log {
		if !(hi > 0) {
			lo, hi = 0.1, 1
		}
		lo = max(lo, hi/mostFactor, 1e-300)
		if grow := math.Sqrt(leastFactor / min(hi/lo, leastFactor)); grow > 1 {
			lo, hi = lo/grow, hi*grow
		}
		by := math.Pow(hi/lo, room)
		return Axis{lo / by, hi * by, true}
	}
	by := room * (hi - lo)
	if least := leastWidth * max(math.Abs(lo), math.Abs(hi), 1e-2); hi-lo < least {
		by = max(by, least)
	}
	return Axis{lo - by, hi + by, false}
}

// At returns where a number lies: 0 at Lo, 1 at Hi.
func (a Axis) At(v float64) float64 {
	if a.Log {
		return math.Log(max(v, a.Lo)/a.Lo) / math.Log(a.Hi/a.Lo)
	}
	return (v - a.Lo) / (a.Hi - a.Lo)
}

// Value returns the number at a place, the inverse of At.
func (a Axis) Value(at float64) float64 {
	if a.Log {
		return a.Lo * math.Pow(a.Hi/a.Lo, at)
	}
	return a.Lo + at*(a.Hi-a.Lo)
}
