package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Set describes a data set as it is published. Its files lie in DIR/Name, DIR being the data directory.
type Set struct {
	Name    string
	Title   string
	Licence string
	Files   []File
	Mirrors []string // addresses that a file's name completes, in the order in which they are tried
}

// File is one file of a set, gzip-compressed as published. The decompressed file, named without .gz, serves as well.
type File struct {
	Name  string
	Sum   Sum
	Plain Sum // of the decompressed content
}

// Sum identifies the content of a file.
type Sum struct {
	Bytes  int64
	SHA256 string // 64 hexadecimal digits
}

// mnistSet is listed as training images, training labels, test images, test labels.
var mnistSet = Set{
	Name:    "mnist",
	Title:   "MNIST, 60,000 + 10,000 handwritten digits of 28×28 pixels (LeCun, Cortes and Burges)",
	Licence: "CC BY-SA 3.0",
	Files: []File{
		{"train-images-idx3-ubyte.gz",
			Sum{9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
			Sum{47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"}},
		{"train-labels-idx1-ubyte.gz",
			Sum{28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
			Sum{60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"}},
		{"t10k-images-idx3-ubyte.gz",
			Sum{1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
			Sum{7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"}},
		{"t10k-labels-idx1-ubyte.gz",
			Sum{4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
			Sum{10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
	},
	Mirrors: []string{
		"https://ossci-datasets.s3.amazonaws.com/mnist/",
		"https://storage.googleapis.com/cvdf-datasets/mnist/",
	},
}

// Sets returns the data sets that tasks read.
func Sets() []Set { return []Set{mnistSet} }

// FindSet returns the set of that name. The error matches ErrUnknownSet and lists the names.
func FindSet(name string) (Set, error) {
	var names []string
	for _, s := range Sets() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Set{}, fmt.Errorf("%w %q; the sets are %s", ErrUnknownSet, name, strings.Join(names, ", "))
}

// Dir returns the directory of the set in a data directory.
func (s Set) Dir(dataDir string) string { return filepath.Join(dataDir, s.Name) }

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
		return nil, fmt.Errorf("%w: %s has no %s; run 'spectral-gpu data fetch %s', or name another data directory with --data DIR or $%s",
			ErrNotFound, s.Dir(dataDir), strings.Join(missing, ", "), s.Name, DirVariable)
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
