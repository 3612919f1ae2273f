// Package faultfs is a file system that fails, or stops as if the process were killed or the power cut, at a chosen operation.
// Tests run something once to count its operations ([FS.Ops]), then once for each of them.
package faultfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
)

// Mode is what happens at the chosen operation.
type Mode int

// The modes.
const (
	Fail  Mode = iota // it fails, once; half of a write is done
	Full              // it and every later write and create fail, as on a full disk; half of the first is done
	Kill              // half of a write is done, and nothing after it: the process is dead
	Power             // the same, and what was not synced is lost: content, renames, removals
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{Fail, Full, Kill, Power} }

func (m Mode) String() string { return [...]string{"fail", "full", "kill", "power"}[m] }

var (
	// ErrInjected is the failure of mode Fail.
	ErrInjected = errors.New("injected failure")
	// ErrDead is what a dead process would not live to see.
	ErrDead = errors.New("dead")
)

// FS is the real file system up to an operation. An operation is a create, open for writing, write, truncate, sync, rename, removal,
// sync of a folder or making of one.
type FS struct {
	atomicfile.OS
	mode Mode
	at   int // the operation's number from 1; 0 never

	mu  sync.Mutex
	ops int
	log []string
	// What a power cut leaves, where that is not what is there: the content when a file was synced last, and the content behind a
	// name when its folder was, nil for no file.
	contents, names map[string][]byte
}

// New returns a file system whose operation number at, from 1, meets its mode; 0 never fails.
func New(mode Mode, at int) *FS {
	return &FS{mode: mode, at: at, contents: map[string][]byte{}, names: map[string][]byte{}}
}

// Ops returns what was done, an operation a line.
func (f *FS) Ops() []string { return f.log }

// step counts an operation that changes what is on disk, and returns its failure. room tells that it takes room on the disk.
func (f *FS) step(room bool, format string, args ...any) error {
	f.ops++
	f.log = append(f.log, fmt.Sprintf(format, args...))
	if f.at == 0 || f.ops < f.at {
		return nil
	}
	switch {
	case f.mode == Fail && f.ops == f.at:
		return ErrInjected
	case f.mode == Full && room:
		return atomicfile.ErrNoSpace
	case f.mode == Kill || f.mode == Power:
		if f.ops == f.at && f.mode == Power {
			f.cut()
		}
		return ErrDead
	}
	return nil
}

// cut takes back what was not synced.
func (f *FS) cut() {
	for _, lost := range []map[string][]byte{f.contents, f.names} {
		for path, content := range lost {
			if content == nil {
				os.Remove(path)
			} else if err := os.WriteFile(path, content, 0o644); err != nil {
				panic(err)
			}
		}
	}
}

// durable returns what a power cut leaves of the content of a file, nil for no file.
func (f *FS) durable(path string) []byte {
	if content, ok := f.contents[path]; ok {
		return content
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return append([]byte{}, content...)
}

// dirty keeps the content of a file that is about to change.
func (f *FS) dirty(path string) { f.contents[path] = f.durable(path) }

// moved keeps what is behind a name that is about to change.
func (f *FS) moved(path string) {
	if _, ok := f.names[path]; !ok {
		f.names[path] = f.durable(path)
	}
}

// CreateTemp implements atomicfile.FS.
func (f *FS) CreateTemp(dir, pattern string) (atomicfile.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(true, "create %s", pattern); err != nil {
		return nil, err
	}
	file, err := f.OS.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	f.names[file.Name()], f.contents[file.Name()] = nil, []byte{}
	return &faultFile{File: file, fs: f}, nil
}

// Append implements atomicfile.FS.
func (f *FS) Append(path string) (atomicfile.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(false, "open %s", path); err != nil {
		return nil, err
	}
	file, err := f.OS.Append(path)
	if err != nil {
		return nil, err
	}
	return &faultFile{File: file, fs: f}, nil
}

// Rename implements atomicfile.FS.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(false, "rename %s", to); err != nil {
		return err
	}
	f.moved(to)
	delete(f.contents, to)
	if content, ok := f.contents[from]; ok { // renamed before it was synced
		f.contents[to] = content
	}
	delete(f.contents, from)
	delete(f.names, from)
	return f.OS.Rename(from, to)
}

// Remove implements atomicfile.FS.
func (f *FS) Remove(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(false, "remove %s", path); err != nil {
		return err
	}
	f.moved(path)
	delete(f.contents, path)
	return f.OS.Remove(path)
}

// MkdirAll implements atomicfile.FS.
func (f *FS) MkdirAll(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(true, "mkdir %s", path); err != nil {
		return err
	}
	return f.OS.MkdirAll(path)
}

// SyncDir implements atomicfile.FS: names are durable then, contents as far as files were synced themselves.
func (f *FS) SyncDir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(false, "sync folder %s", path); err != nil {
		return err
	}
	clear(f.names)
	return f.OS.SyncDir(path)
}

// Open implements atomicfile.FS.
func (f *FS) Open(path string) (io.ReadCloser, error) {
	if f.dead() {
		return nil, ErrDead
	}
	return f.OS.Open(path)
}

// ReadFile implements atomicfile.FS.
func (f *FS) ReadFile(path string) ([]byte, error) {
	if f.dead() {
		return nil, ErrDead
	}
	return f.OS.ReadFile(path)
}

// ReadDir implements atomicfile.FS.
func (f *FS) ReadDir(path string) ([]fs.DirEntry, error) {
	if f.dead() {
		return nil, ErrDead
	}
	return f.OS.ReadDir(path)
}

func (f *FS) dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at > 0 && f.ops >= f.at && (f.mode == Kill || f.mode == Power)
}

// faultFile is a file of an FS.
type faultFile struct {
	atomicfile.File
	fs *FS
}

// Write does half of what fails.
func (w *faultFile) Write(b []byte) (int, error) {
	w.fs.mu.Lock()
	defer w.fs.mu.Unlock()
	alive := w.fs.at == 0 || w.fs.ops < w.fs.at // a dead process writes no half either
	w.fs.dirty(w.Name())
	if alive && w.fs.ops+1 == w.fs.at {
		_, _ = w.File.Write(b[:len(b)/2])
	}
	if err := w.fs.step(true, "write %d bytes to %s", len(b), w.Name()); err != nil {
		return 0, err
	}
	return w.File.Write(b)
}

func (w *faultFile) Truncate(size int64) error {
	w.fs.mu.Lock()
	defer w.fs.mu.Unlock()
	if err := w.fs.step(false, "truncate %s", w.Name()); err != nil {
		return err
	}
	w.fs.dirty(w.Name())
	return w.File.Truncate(size)
}

func (w *faultFile) Sync() error {
	w.fs.mu.Lock()
	defer w.fs.mu.Unlock()
	if err := w.fs.step(false, "sync %s", w.Name()); err != nil {
		return err
	}
	delete(w.fs.contents, w.Name())
	return w.File.Sync()
}

// Close lets go of the file, of a dead process too.
func (w *faultFile) Close() error { return w.File.Close() }
