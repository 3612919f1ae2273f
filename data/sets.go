package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Set describes a data set as it is published. Its files lie in DIR/Folder, DIR being the data directory. A Name
// of the form GROUP:NAME is that of one of several sets of a group.
type Set struct {
	Name    string
	Title   string
	Licence string
	Files   []File
	Mirrors []string // addresses that a file's name completes, in the order in which they are tried
	Folder  string   // of the data directory; "" stands for Name
	Home    string   // where it is published in another form, if there are no mirrors
}

// File is one file of a set. Where it is published compressed by gzip, the decompressed file, named without .gz, serves
// as well.
type File struct {
	Name  string
	Sum   Sum
	Plain Sum // of the decompressed content, where Name ends in .gz
}

// Sum identifies the content of a file.
type Sum struct {
	Bytes  int64
	SHA256 string // 64 hexadecimal digits
}

// Sets returns the data sets that tasks read, and those whose checksums are known.
func Sets() []Set { return append([]Set{mnistSet, ptbSet, shakespeareSet}, ucrSets()...) }

// group is the part of a set's name that the sets of a group share.
func (s Set) group() string {
	group, _, _ := strings.Cut(s.Name, ":")
	return group
}

// FindSets returns the set of that name, the sets of that group, or those that the task of that name reads. The error
// matches ErrUnknownSet and lists the names.
func FindSets(name string) ([]Set, error) {
	for _, source := range sources() {
		switch {
		case source.Name != name:
		case source.Generated:
			return nil, fmt.Errorf("%w %q; the task of this name reads no files", ErrUnknownSet, name)
		case source.own():
			return nil, fmt.Errorf("%w %q; the task of this name reads a file of yours: %s", ErrUnknownSet, name, source.title())
		default:
			name = source.Set
		}
	}
	var found []Set
	for _, s := range Sets() {
		if s.Name == name || s.group() == name {
			found = append(found, s)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w %q; the sets are %s", ErrUnknownSet, name, strings.Join(SetNames(), ", "))
	}
	return found, nil
}

// SetNames lists the names of sets, and of groups in place of their sets.
func SetNames() []string {
	var names []string
	for _, s := range Sets() {
		if !slices.Contains(names, s.group()) {
			names = append(names, s.group())
		}
	}
	return names
}

// Dir returns the directory of the set in a data directory.
func (s Set) Dir(dataDir string) string { return filepath.Join(dataDir, or(s.Folder, s.Name)) }

// Absent tells whether no file of the set is in the data directory.
func (s Set) Absent(dataDir string) bool {
	for _, f := range s.Files {
		if path, err := f.find(s.Dir(dataDir)); err != nil || path != "" {
			return false
		}
	}
	return true
}

// advice says how to get the set into a data directory.
func (s Set) advice(dataDir string) string {
	if len(s.Mirrors) == 0 {
		return fmt.Sprintf("it is published at %s; unpack it there, or name another data directory with --data DIR or $%s", s.Home, DirVariable)
	}
	return fmt.Sprintf("run %s, or name another data directory with --data DIR or $%s", s.command(dataDir), DirVariable)
}

// command is the one that fetches the set into a data directory.
func (s Set) command(dataDir string) string {
	text := "spectral-gpu data fetch " + s.Name
	if usual, err := Dir(""); err != nil || usual != dataDir {
		text += " --data " + Quoted(dataDir)
	}
	return "`" + text + "`"
}

// Quoted returns a path as a shell takes it for one word.
func Quoted(path string) string {
	plain := "%+-./:=@_~" + string(filepath.Separator)
	if strings.IndexFunc(path, func(r rune) bool {
		return !strings.ContainsRune(plain, r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// remedy says how to replace wrong files of the set.
func (s Set) remedy(dataDir string) string {
	if len(s.Mirrors) == 0 {
		return "replace it; it is published at " + s.Home
	}
	return "replace it: " + strings.TrimSuffix(s.command(dataDir), "`") + " --force`"
}

// Bytes returns the size of all files as published.
func (s Set) Bytes() int64 {
	var n int64
	for _, f := range s.Files {
		n += f.Sum.Bytes
	}
	return n
}

// Instructions says in lines of text which files belong where, with their sizes and checksums: what to do on a
// machine that cannot download them.
func (s Set) Instructions(dataDir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "put these files in %s (SHA-256, bytes, name):", s.Dir(dataDir))
	for _, f := range s.Files {
		fmt.Fprintf(&b, "\n  %s %9d %s", f.Sum.SHA256, f.Sum.Bytes, f.Name)
	}
	if s.Home != "" {
		fmt.Fprintf(&b, "\nthey are published at %s", s.Home)
	}
	for i, m := range s.Mirrors {
		fmt.Fprintf(&b, "\n%s %s", [2]string{"they are published at", "and at               "}[min(i, 1)], m)
	}
	return b.String()
}

// paths returns where the files of the set are, compressed or not. The error matches ErrNotFound and names
// all that are missing.
func (s Set) paths(dataDir string) ([]string, error) {
	var found, missing []string
	for _, f := range s.Files {
		path, err := f.find(s.Dir(dataDir))
		if err != nil {
			return nil, err
		}
		if path == "" {
			missing = append(missing, f.Name)
		}
		found = append(found, path)
	}
	if missing != nil {
		return nil, fmt.Errorf("%w: %s has no %s; %s", ErrNotFound, s.Dir(dataDir), strings.Join(missing, ", "), s.advice(dataDir))
	}
	return found, nil
}

// find returns the path of the file in a directory, compressed or not, or "" where it is not there. An
// error is one of access.
func (f File) find(dir string) (string, error) {
	for _, name := range []string{f.Name, strings.TrimSuffix(f.Name, ".gz")} {
		path := filepath.Join(dir, name)
		switch _, err := os.Stat(path); {
		case err == nil:
			return path, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return "", nil
}

func parseSum(bytes, sha256 string) Sum {
	n, _ := strconv.ParseInt(bytes, 10, 64) // of a constant of this package, which a test checks
	return Sum{n, sha256}
}
