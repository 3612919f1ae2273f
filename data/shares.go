package data

import (
	"fmt"
	"math"
)

func (s Shares) check() error {
	sum := s.Train + s.Valid + s.Test
	if s == (Shares{}) || s.Train > 0 && s.Valid >= 0 && s.Test >= 0 && math.Abs(sum-1) < 1e-9 {
		return nil
	}
	return fmt.Errorf("%w: shares %g, %g and %g for training, validation and test; want numbers from 0 that add up to 1, the first above 0",
		ErrConfig, s.Train, s.Valid, s.Test)
}

// cut returns where validation and test begin among n rows.
func (s Shares) cut(n int) (valid, test int) {
	at := func(share float64) int { return int(math.Round(share * float64(n))) }
	return at(s.Train), at(s.Train + s.Valid)
}

// enough returns a number of rows of which every split with a share gets so many.
func (s Shares) enough(rows int) int {
	least := s.Train
	for _, share := range []float64{s.Valid, s.Test} {
		if share > 0 {
			least = min(least, share)
		}
	}
	return int(math.Ceil(float64(rows) / least))
}

// sizes returns how many rows of each split to take where Config asks for sizes and the splits have n rows each. A
// split that is asked for must not be empty.
func (c Config) sizes(what string, n [3]int) (sizes [3]int, err error) {
	for split, asked := range [...]int{c.TrainSize, c.ValidSize, c.TestSize} {
		if asked > n[split] {
			return sizes, fmt.Errorf("%w: %d %s for %v are asked for, and there are %d", ErrConfig, asked, what, Split(split), n[split])
		}
		sizes[split] = or(asked, n[split])
	}
	if sizes[Train] == 0 {
		return sizes, fmt.Errorf("%w: no %s are left for training: there are %d in all", ErrConfig, what, n[Train]+n[Valid]+n[Test])
	}
	return sizes, nil
}
