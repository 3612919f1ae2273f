package atomicfile

import "errors"

// IsFull tells whether an error means that there is no room left: a full disk, a quota, a limit on the size of files.
func IsFull(err error) bool {
	for _, full := range fullErrors {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}

// ErrNoSpace is the error of this system for a full disk, for tests.
var ErrNoSpace = fullErrors[0]
