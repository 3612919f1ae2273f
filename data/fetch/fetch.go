package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
)

// ErrDownload is matched by errors.Is where no mirror gave a file. The text names every mirror with its
// answer, and says what to do without a network.
var ErrDownload = errors.New("download failed")

// Progress tells how far the download of one file is.
type Progress struct {
	File   string // its name, as in data.File
	Mirror string // where it comes from
	Done   int64  // bytes on disk, including those of an earlier, interrupted download
	Total  int64  // bytes of the whole file
}

// Fetcher downloads with settings. The zero value is ready for use.
type Fetcher struct {
	// Client makes the requests; nil stands for http.DefaultClient, which heeds $HTTPS_PROXY.
	Client *http.Client

	// Mirrors are tried before those of the set, in order. A file's name completes each.
	Mirrors []string

	// Rounds is how many times the list of mirrors is gone through before giving up; 0 stands for 3. A
	// mirror that answers that it has no such file is not asked again.
	Rounds int

	// Pause is the wait before the second round, and doubles before each further one; 0 stands for a second.
	Pause time.Duration

	// Idle is the longest that a transfer may stand still; 0 stands for 30 seconds.
	Idle time.Duration

	// Force replaces files that are there and do not match their checksums.
	Force bool

	// Progress, if not nil, is called from the downloading goroutine as bytes arrive.
	Progress func(Progress)
}

// Fetch downloads the named set, sets of a group, or set of a task into a data directory ("" for the one that data.Dir
// returns). The error matches data.ErrUnknownSet, ErrDownload, data.ErrCorrupt, or the context's, or is one of the file system.
func Fetch(ctx context.Context, name, dataDir string, progress func(Progress)) error {
	return (&Fetcher{Progress: progress}).FetchNamed(ctx, name, dataDir)
}

// FetchNamed is Fetch with the settings of a Fetcher.
func (f *Fetcher) FetchNamed(ctx context.Context, name, dataDir string) error {
	sets, err := data.FindSets(name)
	if err != nil {
		return err
	}
	dir, err := data.Dir(dataDir)
	if err != nil {
		return err
	}
	for _, set := range sets {
		if err := f.Fetch(ctx, set, dir); err != nil {
			return err
		}
	}
	return nil
}

// Fetch downloads those files of the set that are not in the data directory. A file that is there and does not
// match its checksum is overwritten only with Force: otherwise the error matches data.ErrCorrupt and names it. Files are fetched one
// after another, and a file that fails ends the whole.
func (f *Fetcher) Fetch(ctx context.Context, set data.Set, dataDir string) error {
	if complete(set.Check(dataDir)) {
		return nil // also where the directory cannot be written
	}
	if len(f.Mirrors)+len(set.Mirrors) == 0 {
		return fmt.Errorf("%w: set %s is not published file by file\nto do it by hand, %s", ErrDownload, set.Name, set.Instructions(dataDir))
	}
	dir := set.Dir(dataDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	unlock, err := lock(ctx, filepath.Join(dir, ".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	for i, status := range set.Check(dataDir) {
		switch {
		case status.Err == nil:
			continue
		case !errors.Is(status.Err, data.ErrNotFound) && !(f.Force && errors.Is(status.Err, data.ErrCorrupt)):
			return status.Err
		}
		if err := f.file(ctx, set, set.Files[i], filepath.Join(dir, set.Files[i].Name)); err != nil {
			if errors.Is(err, ErrDownload) {
				return fmt.Errorf("%w\nto do it by hand, %s", err, set.Instructions(dataDir))
			}
			return err
		}
	}
	return nil
}

func complete(files []data.FileStatus) bool {
	return !slices.ContainsFunc(files, func(s data.FileStatus) bool { return s.Err != nil })
}

// file downloads one file to a path, going through the mirrors in rounds.
func (f *Fetcher) file(ctx context.Context, set data.Set, file data.File, path string) error {
	mirrors := slices.Concat(f.Mirrors, set.Mirrors)
	failures := make([]error, len(mirrors))
	final := make([]bool, len(mirrors)) // asking again is of no use
	pause := orDefault(f.Pause, time.Second)
	for round := range orDefault(f.Rounds, 3) {
		if round > 0 {
			if err := sleep(ctx, pause); err != nil {
				return err
			}
			pause *= 2
		}
		waiting := false
		for i, mirror := range mirrors {
			if final[i] {
				continue
			}
			t := transfer{Fetcher: f, mirror: mirror, file: file, part: path + ".part"}
			err := t.run(ctx)
			if err == nil {
				return publish(t.part, path)
			}
			if ctx.Err() != nil {
				return fmt.Errorf("fetching %s: %w; run it again to go on", file.Name, context.Cause(ctx))
			}
			var local *fs.PathError
			if errors.As(err, &local) {
				return err // the disk, not the mirror
			}
			var answer *refusal
			failures[i], final[i] = err, errors.As(err, &answer) && answer.final
			waiting = waiting || !final[i]
		}
		if !waiting {
			break
		}
	}
	return failed(file, mirrors, failures)
}

// failed reports what each mirror said.
func failed(file data.File, mirrors []string, failures []error) error {
	var all error = fmt.Errorf("%w: %s", ErrDownload, file.Name)
	for i, mirror := range mirrors {
		if failures[i] != nil {
			all = fmt.Errorf("%w\n  from %s: %w", all, mirror, failures[i])
		}
	}
	return all
}

// publish makes a complete file durable under its own name.
func publish(part, path string) error {
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func orDefault[T int | time.Duration](v, d T) T {
	if v == 0 {
		return d
	}
	return v
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
