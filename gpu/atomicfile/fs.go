package atomicfile

import (
	"io"
	"io/fs"
	"os"
)

// FS is what is asked of a file system by those who keep files safe. Its methods are those of package os of the same name, where
// nothing else is said.
type FS interface {
	// CreateTemp makes a file of a new name, readable by all.
	CreateTemp(dir, pattern string) (File, error)
	// Append opens a file that is there, to truncate it and to write at its end.
	Append(path string) (File, error)
	Open(path string) (io.ReadCloser, error)
	ReadFile(path string) ([]byte, error)
	ReadDir(path string) ([]fs.DirEntry, error)
	MkdirAll(path string) error
	Rename(from, to string) error
	Remove(path string) error
	// SyncDir makes earlier renames and removals in a folder durable.
	SyncDir(path string) error
}

// File is a file that is written.
type File interface {
	io.Writer
	Name() string
	Truncate(size int64) error
	Sync() error
	Close() error
}

// OS is the real file system.
type OS struct{}

// CreateTemp implements FS.
func (OS) CreateTemp(dir, pattern string) (File, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

// Append implements FS.
func (OS) Append(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Open implements FS.
func (OS) Open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ReadFile implements FS.
func (OS) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

// ReadDir implements FS.
func (OS) ReadDir(path string) ([]fs.DirEntry, error) { return os.ReadDir(path) }

// MkdirAll implements FS.
func (OS) MkdirAll(path string) error { return os.MkdirAll(path, 0o755) }

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(path string) error { return os.Remove(path) }

// SyncDir implements FS. Systems that cannot sync a folder are left alone.
func (OS) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer d.Close()
	_ = d.Sync()
	return nil
}
