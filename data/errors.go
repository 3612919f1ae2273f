package data

import (
	"errors"
	"fmt"
)

// Errors of this package and of data/fetch match one of these by errors.Is; their text names the
// offending file or numbers and what to do.
var (
	ErrNotFound    = errors.New("data not found")       // files of a set are not in the data directory, or a named file is not there
	ErrCorrupt     = errors.New("damaged data")         // a file is not what it should be
	ErrUnknownTask = errors.New("unknown task")         // no task of that name; the text lists them
	ErrUnknownSet  = errors.New("unknown data set")     // no set of that name; the text lists them
	ErrConfig      = errors.New("invalid task setting") // a length, size or index that cannot be
)

// corrupt wraps what a reader says about a file of a set.
func corrupt(set Set, dataDir string, err error) error {
	return fmt.Errorf("%w: %w; %s", ErrCorrupt, err, set.remedy(dataDir))
}
