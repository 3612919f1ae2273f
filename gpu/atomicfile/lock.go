package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrLocked means that another process, or another part of this one, holds a lock; the text says who.
var ErrLocked = errors.New("in use")

// FileLock is a lock on a file that ends with the process at the latest, however that ends.
type FileLock struct{ f *os.File }

// Lock takes the lock of a file, which is made if it is not there, and writes into it who holds it. It does not wait.
// Errors: ErrLocked, or those of the file system.
func Lock(path string) (*FileLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		defer f.Close()
		if errors.Is(err, ErrLocked) {
			who, _ := io.ReadAll(io.LimitReader(f, 200))
			return nil, fmt.Errorf("%w by %s", ErrLocked, cleanName(string(who)))
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	// The text is for people: where it cannot be written, on a full disk for one, the lock holds all the same.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0)
	}
	return &FileLock{f}, nil
}

// cleanName makes what a lock file holds fit for a message.
func cleanName(who string) string {
	who = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == '\uFFFD' {
			return ' '
		}
		return r
	}, who))
	if who == "" {
		return "another process"
	}
	return who
}

// Unlock gives the lock back and empties its file, which stays: removing it would let two processes lock two files of one name.
func (l *FileLock) Unlock() error {
	_ = l.f.Truncate(0)
	return l.f.Close()
}
