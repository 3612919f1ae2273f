package dashboard

import (
	"math"
	"strconv"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/model/axis"
)

// labelWidth is the room of a label of the vertical axis.
const labelWidth = 8

// labelOn writes a number as short as its difference from others on the axis allows.
func labelOn(a axis.Axis, v float64) string {
	digits := 3
	if !a.Log && v != 0 {
		digits = min(max(3, 2+int(math.Ceil(math.Log10(max(math.Abs(a.Lo), math.Abs(a.Hi))/(a.Hi-a.Lo))))), 6)
	}
	return number(v, digits)
}

// fitted is the label of a tick in the room that there is.
func fitted(t axis.Tick) string {
	if width(t.Label) <= labelWidth {
		return t.Label
	}
	return number(t.Value, labelWidth)
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
