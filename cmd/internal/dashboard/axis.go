package dashboard

import (
	"math"
	"strconv"
	"strings"
)

// axis maps numbers to dots.
type axis struct {
	lo, hi float64
	log    bool
}

// newAxis holds numbers between lo and hi, with room to see them where they are equal.
func newAxis(lo, hi float64, log bool) axis {
	if log {
		if !(hi > 0) {
			lo, hi = 1e-3, 1
		}
		lo = max(lo, hi*1e-12, math.SmallestNonzeroFloat32)
		if hi/lo < 1.05 {
			lo, hi = lo/1.2, hi*1.2
		}
		return axis{lo, hi, true}
	}
	if by := 1e-4 * max(math.Abs(lo), math.Abs(hi)); hi-lo <= by {
		by = max(by, 1e-6)
		lo, hi = lo-by, hi+by
	}
	return axis{lo, hi, false}
}

// at returns where a number lies: 0 at lo, 1 at hi.
func (a axis) at(v float64) float64 {
	if a.log {
		return math.Log(max(v, a.lo)/a.lo) / math.Log(a.hi/a.lo)
	}
	return (v - a.lo) / (a.hi - a.lo)
}

// value returns the number at a place.
func (a axis) value(at float64) float64 {
	if a.log {
		return a.lo * math.Pow(a.hi/a.lo, at)
	}
	return a.lo + at*(a.hi-a.lo)
}

// labelWidth is the room of a label of the vertical axis.
const labelWidth = 8

// label writes a number as short as its difference from others on the axis allows.
func (a axis) label(v float64) string {
	digits := 3
	if !a.log && v != 0 {
		digits = min(max(3, 2+int(math.Ceil(math.Log10(max(math.Abs(a.lo), math.Abs(a.hi))/(a.hi-a.lo))))), 6)
	}
	return number(v, digits)
}

// number writes v with so many digits that count, in at most labelWidth characters.
func number(v float64, digits int) string {
	for ; digits > 1; digits-- {
		s := strconv.FormatFloat(v, 'g', digits, 64)
		if s = strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e", 1); len(s) <= labelWidth {
			return s
		}
	}
	return strconv.FormatFloat(v, 'g', 1, 64)
}
