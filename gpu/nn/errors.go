package nn

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// shapeError reports a shape that op does not accept; it matches gpu.ErrShape.
func shapeError(op, format string, args ...any) error {
	return &gpu.Error{Op: op, Kind: gpu.ErrShape, Msg: fmt.Sprintf(format, args...)}
}
