package nn

import (
	"fmt"
	"math"
	"reflect"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// shapeError reports a shape that op does not accept; it matches gpu.ErrShape.
func shapeError(op, format string, args ...any) error {
	return &gpu.Error{Op: op, Kind: gpu.ErrShape, Msg: fmt.Sprintf(format, args...)}
}

// settingError reports a number that cannot be; it matches gpu.ErrSetting.
func settingError(op, format string, args ...any) error {
	return &gpu.Error{Op: op, Kind: gpu.ErrSetting, Msg: fmt.Sprintf(format, args...)}
}

// absent tells whether an interface holds nothing, or a pointer to nothing.
func absent(x any) bool {
	v := reflect.ValueOf(x)
	return x == nil || v.Kind() == reflect.Pointer && v.IsNil()
}

// mostUnits bounds the units of a layer, of which those with gates have several times as many rows.
const mostUnits = 1 << 30

// wantUnits verifies a number of units, or of whatever else a layer has at least one.
func wantUnits(layer, what string, n int) error {
	if n < 1 || n > mostUnits {
		return shapeError(layer, "%d %s; want 1 … %d", n, what, mostUnits)
	}
	return nil
}

// wantWeight takes a Dense where a layer is given no weight.
func wantWeight(layer string, w *Weight) error {
	if *w == nil {
		*w = &Dense{}
	}
	if absent(*w) {
		return shapeError(layer, "its weight is a nil %T; leave it out for a free matrix", *w)
	}
	return nil
}

// finite tells whether x is a number of single precision.
func finite(x float64) bool {
	used := float64(float32(x))
	return !math.IsNaN(used) && !math.IsInf(used, 0)
}

// inSingle tells whether x, as a device uses it, is a number of single precision from lo to hi, and not 0 where x is not.
func inSingle(x, lo, hi float64) bool {
	return x >= lo && x <= hi && finite(x) && (x == 0 || math.Abs(float64(float32(x))) >= 0x1p-126)
}

// firstOf returns the first error that is not nil.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
