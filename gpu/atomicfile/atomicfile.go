// Package atomicfile replaces files so that a reader, a crash, a power cut or a full disk never sees half of one.
//
//   - [Write] replaces one file; [Sweep] removes what writers that were killed have left beside it.
//   - [FS] is the file system below, so that tests can let it fail (package faultfs); [OS] is the real one.
//   - [Lock] makes one process the only writer of a folder.
//   - [IsFull] tells a full disk from other failures.
package atomicfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// Write calls fill with a writer to a temporary file beside path, syncs it to disk, has prove read it back and renames it to path.
// Where anything fails, path is as it was and the temporary file is gone. prove may be nil; it is given the whole content.
func Write(files FS, path string, fill func(io.Writer) error, prove func([]byte) error) (err error) {
	f, err := files.CreateTemp(filepath.Dir(path), tempPrefix(path)+"*")
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	placed := false
	defer func() {
		if err != nil && !placed {
			err = fmt.Errorf("save %s: %w (what was there before is intact)", path, errors.Join(err, files.Remove(f.Name())))
		}
	}()
	if err := writeTemp(f, fill); err != nil {
		return err
	}
	if prove != nil {
		content, err := files.ReadFile(f.Name())
		if err != nil {
			return err
		}
		if err := prove(content); err != nil {
			return fmt.Errorf("read back: %w", err)
		}
	}
	if err := files.Rename(f.Name(), path); err != nil {
		return err
	}
	placed = true
	if err := files.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("save %s: it is in place, but a power cut may undo that: %w", path, err)
	}
	return nil
}

// writeTemp fills, syncs and closes f.
func writeTemp(f File, fill func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<20)
	err := fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// Bytes returns what Write wants for a content that is at hand.
func Bytes(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(content))
		return err
	}
}

// tempPrefix begins the names of temporary files for path.
func tempPrefix(path string) string { return "." + filepath.Base(path) + ".tmp-" }

// Sweep removes the temporary files for path that writers have left who were killed: those last written at least age ago. With an
// age of 0 the caller has to be the only writer.
func Sweep(files FS, path string, age time.Duration) error {
	entries, err := files.ReadDir(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), tempPrefix(path)) {
			continue
		}
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < age {
			continue // gone meanwhile, or somebody's
		}
		if err := files.Remove(filepath.Join(filepath.Dir(path), e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
