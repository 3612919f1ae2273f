package picture

import (
	"math"
	"strconv"
	"strings"
)

// axis maps numbers to 0 … 1.
type axis struct {
	lo, hi float64
	log    bool
}

// newAxis holds numbers between lo and hi, with room to see them where they are equal.
func newAxis(lo, hi float64, log bool) axis {
	if log {
		if !(hi > 0) {
			lo, hi = 0.1, 1
		}
		lo = max(lo, hi*1e-12, 1e-300)
		if grow := math.Sqrt(1.3 / min(hi/lo, 1.3)); grow > 1 {
			lo, hi = lo/grow, hi*grow
		}
		room := math.Pow(hi/lo, 0.04)
		return axis{lo / room, hi * room, true}
	}
	by := 0.04 * (hi - lo)
	if least := 1e-3 * max(math.Abs(lo), math.Abs(hi), 1e-6); hi-lo < least {
		by = least
	}
	return axis{lo - by, hi + by, false}
}

// at returns where a number lies: 0 at lo, 1 at hi.
func (a axis) at(v float64) float64 {
	if a.log {
		return math.Log(max(v, a.lo)/a.lo) / math.Log(a.hi/a.lo)
	}
	return (v - a.lo) / (a.hi - a.lo)
}

// tick is a number on an axis; a minor one has no label.
type tick struct {
	value float64
	label string
}

// ticks returns round numbers, at most about n of them with labels.
func (a axis) ticks(n int) []tick {
	if a.log && a.hi/a.lo > 8 {
		return a.logTicks(n)
	}
	return a.linearTicks(n)
}

func (a axis) linearTicks(n int) []tick {
	step := roundStep((a.hi - a.lo) / float64(max(n, 1)))
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	var out []tick
	for i := math.Ceil(a.lo/step - 1e-9); i*step <= a.hi*(1+1e-12)+1e-300 && len(out) < 100; i++ {
		out = append(out, tick{i * step, decimal(i*step, decimals)})
	}
	return out
}

// roundStep is 1, 2 or 5 times a power of ten, not below v.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if f*power >= v*(1-1e-9) {
			return f * power
		}
	}
	return 10 * power
}

// logTicks are powers of ten and, where there are few of them, 2 and 5 times these.
func (a axis) logTicks(n int) []tick {
	first, last := int(math.Ceil(math.Log10(a.lo)-1e-9)), int(math.Floor(math.Log10(a.hi)+1e-9))
	factors := []float64{1}
	every := 1
	switch decades := last - first + 1; {
	case decades*3 <= n+1:
		factors = []float64{1, 2, 5}
	case decades > n:
		every = (decades + n - 1) / max(n, 1)
	}
	var out []tick
	for e := first - 1; e <= last; e++ {
		for _, f := range factors {
			v := f * math.Pow(10, float64(e))
			if v < a.lo*(1-1e-9) || v > a.hi*(1+1e-9) {
				continue
			}
			t := tick{value: v}
			if (e-first)%every == 0 {
				t.label = number(v)
			}
			out = append(out, t)
		}
	}
	return out
}

// decimal writes a number of an axis with as many decimals as its step has; large and small ones with an exponent.
func decimal(v float64, decimals int) string {
	if v != 0 && (math.Abs(v) >= 1e6 || decimals > 6) {
		return number(v)
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if s == "-0" {
		s = "0"
	}
	return strings.Replace(s, "-", "−", 1)
}

// number writes a number in few digits.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'g', 3, 64)
	if math.Abs(v) >= 1e-3 && math.Abs(v) < 1e6 || v == 0 {
		s = strconv.FormatFloat(v, 'g', 6, 64)
		if f := strconv.FormatFloat(v, 'f', -1, 64); len(f) <= 7 {
			s = f
		}
	}
	s = strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e", 1)
	return strings.ReplaceAll(s, "-", "−")
}
