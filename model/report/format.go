package report

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// none stands where there is no number.
const none = "–"

// Show writes a value of a metric: shares as percent.
func Show(m data.Metric, v float64) string {
	switch {
	case math.IsNaN(v):
		return none
	case m == data.Accuracy:
		return fmt.Sprintf("%.2f %%", 100*v)
	}
	return written(fmt.Sprintf("%#.4g", v)) // with the zeros that end it: results stand below each other
}

// show writes a number with four digits that count.
func show(v float64) string {
	if math.IsNaN(v) {
		return none
	}
	return written(strconv.FormatFloat(v, 'g', 4, 64))
}

// written writes a number with the signs of print.
func written(s string) string {
	if mantissa, exp, ok := strings.Cut(s, "e"); ok {
		sign := ""
		if exp[0] == '-' {
			sign = "-"
		}
		s = mantissa + "e" + sign + strings.TrimLeft(exp, "+-0")
	}
	return strings.ReplaceAll(s, "-", "−")
}

// band writes the ends of an interval, with as many decimals as they differ by.
func band(lo, hi float64) string {
	decimals := 4
	for decimals < 7 && lo != hi && strconv.FormatFloat(lo, 'f', decimals, 64) == strconv.FormatFloat(hi, 'f', decimals, 64) {
		decimals++
	}
	return fmt.Sprintf("%.*f\u2009–\u2009%.*f", decimals, lo, decimals, hi)
}

// aligned returns how numbers that stand below each other are written: all with as many decimals as make four or five digits of the largest.
func aligned(largest float64) func(v float64) string {
	if !(largest < 1e6 && largest >= 1e-3) {
		return show
	}
	decimals := max(0, 5-int(math.Ceil(math.Log10(largest)+1e-9)))
	return func(v float64) string {
		if math.IsNaN(v) {
			return none
		}
		s := strconv.FormatFloat(v, 'f', decimals, 64)
		if strings.Trim(s, "-0.") == "" { // no negative zero
			s = strings.TrimPrefix(s, "-")
		}
		return strings.Replace(s, "-", "−", 1)
	}
}

// name is a metric as people call it.
func name(m data.Metric) string {
	switch m {
	case data.MSE:
		return "mean squared error"
	case data.RMSE:
		return "root mean squared error"
	case data.NatsPerTarget:
		return "cross-entropy, nats"
	}
	return strings.ReplaceAll(string(m), "_", " ")
}

// count writes a whole number with thin spaces between thousands.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return s
}

// duration writes a time that something took.
func duration(seconds float64) string {
	if seconds < 60 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	if d < time.Hour {
		return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
}

// setting writes the value of a setting.
func setting(v any) string {
	if s, ok := v.(data.Shares); ok {
		return fmt.Sprintf("%g, %g, %g", s.Train, s.Valid, s.Test)
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Bool:
		return map[bool]string{true: "yes", false: "no"}[r.Bool()]
	case reflect.Float64, reflect.Float32:
		s := strconv.FormatFloat(r.Float(), 'g', -1, 64)
		return strings.NewReplacer("e-0", "e-", "e+0", "e").Replace(s)
	case reflect.Slice:
		var all []string
		for i := range r.Len() {
			all = append(all, fmt.Sprint(r.Index(i).Interface()))
		}
		return strings.Join(all, ", ")
	}
	return fmt.Sprint(v)
}
