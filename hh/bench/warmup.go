package bench

import (
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu/steady"
)

// WarmUp repeats a round of what is to be measured until its time stays the same (steady.Default).
func WarmUp(round func() error) error {
	_, err := steady.Default.Until(func() (time.Duration, error) {
		start := time.Now()
		err := round()
		return time.Since(start), err
	})
	return err
}
