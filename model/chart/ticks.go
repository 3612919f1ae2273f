package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"

	"github.com/spectral-gpu/spectral-gpu/model/axis"
)

// linear marks multiples of 1, 2 or 5 times a power of ten, about want of them.
type linear struct{ want int }

// Ticks implements plot.Ticker.
func (l linear) Ticks(lo, hi float64) []plot.Tick {
	step := axis.RoundStep((hi - lo) / float64(max(l.want, 1)))
	first, last := math.Ceil(lo/step-1e-9), math.Floor(hi/step+1e-9)
	if !(last-first < 100 && step > 1e-12*max(math.Abs(lo), math.Abs(hi))) { // a range too narrow for its magnitude
		return []plot.Tick{{Value: lo, Label: short(lo)}, {Value: hi, Label: short(hi)}}
	}
	format := labels(step, max(math.Abs(lo), math.Abs(hi)))
	var all []plot.Tick
	for k := first; k <= last; k++ {
		v := k * step
		all = append(all, plot.Tick{Value: v, Label: format(v)})
	}
	return all
}

// labels returns how the multiples of a step are written, all alike, on an axis up to some magnitude.
func labels(step, most float64) func(float64) string {
	for _, u := range []struct {
		size   float64
		letter string
	}{{1e6, "M"}, {1e3, "k"}} {
		if most >= 10*u.size && most < 1e4*u.size && step >= u.size/10 {
			inner := labels(step/u.size, 0)
			return func(v float64) string {
				if v == 0 {
					return "0"
				}
				return inner(v/u.size) + u.letter
			}
		}
	}
	if most >= 1e7 || most < 1e-3 && most > 0 {
		digits := max(0, int(math.Floor(math.Log10(most)))-int(math.Floor(math.Log10(step))))
		return func(v float64) string {
			if v == 0 {
				return "0"
			}
			return exponent(strconv.FormatFloat(v, 'e', min(digits, 12), 64))
		}
	}
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	return func(v float64) string {
		return minus(strconv.FormatFloat(v+0, 'f', decimals, 64))
	}
}

// short writes a number as briefly as it can be read.
func short(v float64) string { return exponent(strconv.FormatFloat(v, 'g', 4, 64)) }

// exponent takes the padding out of 1e-07, and the zeros out of 2.0e-7.
func exponent(s string) string {
	mantissa, exp, ok := strings.Cut(s, "e")
	if !ok {
		return minus(s)
	}
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	sign := ""
	if strings.HasPrefix(exp, "-") {
		sign = "−"
	}
	return minus(mantissa) + "e" + sign + strings.TrimLeft(exp, "+-0")
}

func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// decades marks powers of ten; where there are few, 2 and 5 times them as well, and where there are none of these either, round numbers.
type decades struct{ want int }

// Ticks implements plot.Ticker.
func (d decades) Ticks(lo, hi float64) []plot.Tick {
	first, last := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	powers := int(math.Floor(math.Log10(hi)+1e-9)) - int(math.Ceil(math.Log10(lo)-1e-9)) + 1
	if powers < 1 || powers == 1 && hi/lo < 8 {
		if t := linear(d).Ticks(lo, hi); hi/lo < 4 {
			return t
		}
	}
	every := 1
	if last-first > d.want {
		every = (last - first + d.want - 1) / d.want
	}
	var all []plot.Tick
	for k := first; k <= last; k++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, float64(k))
			switch {
			case v < lo*(1-1e-9) || v > hi*(1+1e-9) || m > 1 && every > 1:
			case m == 1 && (k-first)%every == 0, powers <= 2 && (m == 2 || m == 5):
				all = append(all, plot.Tick{Value: v, Label: power(m, k)})
			default:
				all = append(all, plot.Tick{Value: v})
			}
		}
	}
	return all
}

// power writes m·10^k.
func power(m float64, k int) string {
	switch {
	case k >= 0 && k <= 4:
		return fmt.Sprintf("%.0f", m*math.Pow(10, float64(k)))
	case k < 0 && k >= -3:
		return strconv.FormatFloat(m*math.Pow(10, float64(k)), 'f', -k, 64)
	}
	return fmt.Sprintf("%.0fe%s", m, minus(strconv.Itoa(k)))
}
