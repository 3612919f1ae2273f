package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// PlaceError is bad data at a place of a file. It matches ErrCorrupt.
type PlaceError struct {
	File         string
	Line, Column int    // from 1; a column is a character of the line; 0 where there is none
	Found, Want  string // what stands there and what should
	Hint         string // what to do, "" where Want says it
}

func (e *PlaceError) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, e.Line)
		if e.Column > 0 {
			place = fmt.Sprintf("%s:%d", place, e.Column)
		}
	}
	text := fmt.Sprintf("%s: found %s, want %s", place, e.Found, e.Want)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap returns ErrCorrupt.
func (e *PlaceError) Unwrap() error { return ErrCorrupt }

// excerpt quotes what was found, cut where it is long.
func excerpt(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// maxFile is the size of the largest file of a user's that is read: its numbers or tokens are held in memory.
const maxFile = 1 << 30

// content says of a kind of file what of it is held in memory and how a large one is made smaller.
type content struct{ held, smaller string }

var (
	tableContent = content{"its numbers are held in memory, 4 bytes each", "take fewer rows (head -n, split -l) or fewer columns (cut -f)"}
	textContent  = content{"it is held in memory, with 2 bytes more for each token", "take a part of it (head -c, split -C)"}
)

// openOwn opens a file of a user's for reading. The error matches ErrNotFound, ErrConfig or ErrCorrupt, or is one of access.
func openOwn(path string, c content) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		dir, _ := os.Getwd()
		return nil, fmt.Errorf("%w: there is no file %s (names are relative to %s)", ErrNotFound, path, dir)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%w: %s is a directory; name a file", ErrConfig, path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is no regular file (%v), and it is read more than once; save it to one first", ErrConfig, path, info.Mode().Type())
	case info.Size() == 0:
		return nil, &PlaceError{File: path, Line: 1, Column: 1, Found: "the end of an empty file", Want: "data"}
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%w: %s has %.2f GiB, and at most %d GiB are read, since %s; %s",
			ErrConfig, path, float64(info.Size())/(1<<30), maxFile>>30, c.held, c.smaller)
	}
	return os.Open(path)
}
