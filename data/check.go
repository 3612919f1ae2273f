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

// FileStatus is what Check found out about one file of a set, or about a set of which nothing is there.
type FileStatus struct {
	Set    string `json:"set"`
	Path   string `json:"path"`   // where the file is, or where it belongs; of an absent set, its directory
	Absent bool   `json:"absent"` // nothing of the set, or of the group of sets, is there
	Err    error  `json:"-"`      // nil: present with the right checksum; else matches ErrNotFound or ErrCorrupt, or is one of access
}

// Check compares every file of the named sets (as FindSets knows them; of every set where none is named) in a data
// directory with the published checksums. A set of which nothing is there is one Absent status, and so is a group of
// sets that nobody named.
func Check(dataDir string, names ...string) ([]FileStatus, error) {
	var sets []Set
	for _, name := range names {
		found, err := FindSets(name)
		if err != nil {
			return nil, err
		}
		sets = append(sets, found...)
	}
	if len(names) == 0 {
		sets = Sets()
	}
	there := map[string]bool{} // groups of which something is there
	for _, s := range sets {
		there[s.group()] = there[s.group()] || !s.Absent(dataDir)
	}
	var all []FileStatus
	told := map[string]bool{}
	for _, s := range sets {
		name := s.Name
		if !there[s.group()] && len(names) == 0 {
			name = s.group()
		}
		switch {
		case told[name]:
		case s.Absent(dataDir):
			err := fmt.Errorf("%w: %s has nothing of %s; %s", ErrNotFound, s.Dir(dataDir), name, s.advice(dataDir))
			all = append(all, FileStatus{Set: name, Path: s.Dir(dataDir), Absent: true, Err: err})
		default:
			all = append(all, s.Check(dataDir)...)
		}
		told[name] = true
	}
	return all, nil
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
			status.Err = fmt.Errorf("%w: %s; %s", ErrNotFound, status.Path, s.advice(dataDir))
		default:
			status.Err = f.Verify(status.Path)
			if errors.Is(status.Err, ErrCorrupt) {
				status.Err = fmt.Errorf("%w; %s", status.Err, s.remedy(dataDir))
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
