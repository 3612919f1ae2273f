package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/data"
)

func sequence(s data.Spec, dst, raw []float32) error {
	e := s.Encoding
	if len(raw) != len(dst) {
		return fmt.Errorf("%w: a sequence of %d values; the network was trained on sequences of %d", data.ErrConfig, len(raw), len(dst))
	}
	for i, v := range raw {
		if math.IsNaN(float64(v)) {
			return fmt.Errorf("%w: value %d of the sequence is missing", data.ErrConfig, i+1)
		}
	}
	for i, v := range raw {
		dst[i] = v
		if e.Inputs != nil {
			n := e.Inputs[i%len(e.Inputs)]
			dst[i] = float32((float64(v) - n.Mean) / n.Deviation)
		}
	}
	if e.PerSequence {
		return fmt.Errorf("%w: not yet", data.ErrConfig)
	}
	if e.Order != nil {
		own := slices.Clone(dst)
		for k, at := range e.Order {
			dst[k] = own[at]
		}
	}
	return nil
}
