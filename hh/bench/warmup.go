package bench

import (
	"math"
	"time"
)

const (
	// warmEnough is by how much two successive rounds differ on a device that is warm: a card that was idle runs at a fifth of its clock
	// and takes some tenths of a second to reach it.
	warmEnough = 0.03
	// warmTime is when warming up ends, whatever the rounds take.
	warmTime = time.Second
)

// WarmUp repeats a round of what is to be measured until two in a row take the same time, within 3 %, or a second is over.
func WarmUp(round func() error) error {
	begin, before := time.Now(), 0.0 // no round takes no time
	for {
		start := time.Now()
		if err := round(); err != nil {
			return err
		}
		took := time.Since(start).Seconds()
		if math.Abs(took-before) <= warmEnough*before || time.Since(begin) >= warmTime {
			return nil
		}
		before = took
	}
}
