package hh

import (
	"errors"
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// Errors that callers can test for with errors.Is, beside those of package gpu (gpu.ErrShape for every shape that does not fit).
var (
	// ErrSingular means that an inverse, a solution or a logarithm was asked of a matrix with a singular value too close to zero.
	ErrSingular = errors.New("singular matrix")
	// ErrBand means a band of singular values that cannot be: a radius that is not smaller than the centre, a centre that is not
	// positive where it has to be, or one of them not finite.
	ErrBand = errors.New("bad band of singular values")
	// ErrNotFinite means a NaN or an infinity where only numbers make sense.
	ErrNotFinite = gpu.ErrNotFinite
	// ErrNoConvergence means that LAPACK's singular value decomposition did not converge.
	ErrNoConvergence = errors.New("no convergence")
)

// failure builds the typed error of this package: what was asked, its kind and the offending numbers.
func failure(op string, kind error, format string, args ...any) error {
	return &gpu.Error{Op: "hh: " + op, Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

func shapeError(op, format string, args ...any) error {
	return failure(op, gpu.ErrShape, format, args...)
}

// wantView verifies that v is present (where it has elements at all) and rows × cols.
func wantView(op, name string, v gpu.View, rows, cols int) error {
	if rows == 0 && v.IsZero() {
		return nil
	}
	if v.IsZero() {
		return shapeError(op, "%s is missing, want %d×%d", name, rows, cols)
	}
	if v.Rows != rows || v.Cols != cols {
		return shapeError(op, "%s is %d×%d, want %d×%d", name, v.Rows, v.Cols, rows, cols)
	}
	return nil
}
