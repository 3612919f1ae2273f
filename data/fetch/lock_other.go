//go:build !unix

package fetch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

// lock waits until no other process downloads into the same directory, by a file that only one can create. One
// that is older than an hour is taken for left over.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
		if err == nil {
			f.Close()
			return func() { os.Remove(path) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > time.Hour {
			os.Remove(path)
			continue
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// syncDir does nothing: these systems cannot open a directory to sync it.
func syncDir(string) error { return nil }
