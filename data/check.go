package data

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// FileStatus is what Check found out about one file of a set.
type FileStatus struct {
	Set  string `json:"set"`
	Path string `json:"path"` // where it is, or where it belongs
	Err  error  `json:"-"`    // nil: present with the right checksum; else matches ErrNotFound or ErrCorrupt, or is one of access
}

// Check compares every file of every set in a data directory with the published checksums.
func Check(dataDir string) []FileStatus {
	var all []FileStatus
	for _, s := range Sets() {
		all = append(all, s.Check(dataDir)...)
	}
	return all
}

// Check compares every file of the set in a data directory with the published checksums.
func (s Set) Check(dataDir string) []FileStatus {
	var all []FileStatus
	for _, f := range s.Files {
		status := FileStatus{Set: s.Name}
		status.Path, status.Err = f.find(s.Dir(dataDir))
		switch {
		case status.Err != nil:
		case status.Path == "":
			status.Path = filepath.Join(s.Dir(dataDir), f.Name)
			status.Err = fmt.Errorf("%w: %s; run 'spectral-gpu data fetch %s'", ErrNotFound, status.Path, s.Name)
		default:
			status.Err = f.Verify(status.Path)
			if errors.Is(status.Err, ErrCorrupt) {
				status.Err = fmt.Errorf("%w; delete it and run 'spectral-gpu data fetch %s'", status.Err, s.Name)
			}
		}
		all = append(all, status)
	}
	return all
}

// Verify compares the file at a path with the published checksum: that of the decompressed content if the
// path does not end in .gz as f.Name does. The error matches ErrCorrupt, or is one of access.
func (f File) Verify(path string) error {
	want := f.Sum
	if plain := strings.TrimSuffix(f.Name, ".gz"); plain != f.Name && filepath.Base(path) == plain {
		want = f.Plain
	}
	return want.Verify(path)
}

// Verify compares the content of a file. The error matches ErrCorrupt, or is one of access.
func (s Sum) Verify(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, file)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); n != s.Bytes || got != s.SHA256 {
		return fmt.Errorf("%w: %s: %d bytes with SHA-256 %s, published are %d bytes with %s", ErrCorrupt, path, n, got, s.Bytes, s.SHA256)
	}
	return nil
}
