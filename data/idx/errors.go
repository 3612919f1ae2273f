package idx

import (
	"errors"
	"fmt"
)

// ErrFormat is matched by errors.Is for every file that is not what it should be.
var ErrFormat = errors.New("not a valid idx file")

// Error says where and why a file was refused. It matches ErrFormat, and its cause where it has one.
type Error struct {
	File       string // as given to the reader
	Offset     int64  // of the first byte at fault, from 0, in the decompressed data if Compressed
	Compressed bool   // the file was gzip-compressed
	Problem    string // what is wrong, with the offending numbers
	Cause      error  // the error of the layer below, or nil
}

func (e *Error) Error() string {
	place := fmt.Sprintf("%s: byte %d", e.File, e.Offset)
	if e.Compressed {
		place += " of the decompressed data"
	}
	msg := place + ": " + e.Problem
	if e.Cause != nil {
		msg += ": " + e.Cause.Error()
	}
	return msg
}

// Unwrap returns ErrFormat and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrFormat}
	}
	return []error{ErrFormat, e.Cause}
}
