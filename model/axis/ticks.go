package axis

import (
	"math"
	"strconv"
	"strings"
)

// Tick is a number on an axis; a minor one has no label.
type Tick struct {
	Value float64
	Label string
}

// Ticks returns round numbers of the axis, at most about n of them with labels.
func (a Axis) Ticks(n int) []Tick {
	if a.Log && a.Hi/a.Lo > 8 {
		return a.logTicks(n)
	}
	return a.linearTicks(n)
}

func (a Axis) linearTicks(n int) []Tick {
	step := RoundStep((a.Hi - a.Lo) / float64(max(n, 1)))
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	var out []Tick
	for i := math.Ceil(a.Lo/step - 1e-9); i*step <= a.Hi*(1+1e-12)+1e-300 && len(out) < 100; i++ {
		out = append(out, Tick{i * step, decimal(i*step, decimals)})
	}
	return out
}

// RoundStep returns the smallest of 1, 2 and 5 times a power of ten that is no smaller than v, which is above 0.
func RoundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logTicks are powers of ten and, where there are few of them, 2 and 5 times these.
func (a Axis) logTicks(n int) []Tick {
	first, last := int(math.Ceil(math.Log10(a.Lo)-1e-9)), int(math.Floor(math.Log10(a.Hi)+1e-9))
	factors := []float64{1}
	every := 1
	switch decades := last - first + 1; {
	case decades*3 <= n+1:
		factors = []float64{1, 2, 5}
	case decades > n:
		every = (decades + n - 1) / max(n, 1)
	}
	var out []Tick
	for e := first - 1; e <= last; e++ {
		for _, f := range factors {
			v := f * math.Pow(10, float64(e))
			if v < a.Lo*(1-1e-9) || v > a.Hi*(1+1e-9) {
				continue
			}
			t := Tick{Value: v}
			if (e-first)%every == 0 {
				t.Label = number(v)
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
