package data_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spectral-gpu/spectral-gpu/data"
)

func TestDir(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv(data.DirVariable, "/from/environment")
	check := func(given, want string) {
		t.Helper()
		if got, err := data.Dir(given); err != nil || got != want {
			t.Errorf("Dir(%q) = %q, %v, want %q", given, got, err, want)
		}
	}
	check("/given", "/given")
	check("", "/from/environment")
	t.Setenv(data.DirVariable, "")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	check("", filepath.Join(cache, "spectral-gpu", "data"))

	_, err = data.Open("mnist", data.Config{})
	if !errors.Is(err, data.ErrNotFound) || !strings.Contains(err.Error(), filepath.Join(cache, "spectral-gpu", "data", "mnist")) {
		t.Errorf("error %v does not name the default directory", err)
	}
}

func TestList(t *testing.T) {
	empty, filled := t.TempDir(), smallMNIST(t)
	entries := data.List(empty)
	if len(entries) != len(data.TaskNames()) {
		t.Fatalf("%d entries for tasks %v", len(entries), data.TaskNames())
	}
	for i, e := range entries {
		if e.Task != data.TaskNames()[i] || e.Summary == "" || e.Present != e.Generated {
			t.Errorf("entry %+v", e)
		}
	}
	at := slices.Index(data.TaskNames(), "mnist")
	want := data.Entry{Task: "mnist", Summary: entries[at].Summary, Set: "mnist", Title: entries[at].Title, Bytes: 11594722,
		Licence: "CC BY-SA 3.0", Dir: filepath.Join(filled, "mnist"), Present: true}
	if d := cmp.Diff(want, data.List(filled)[at]); d != "" {
		t.Error(d)
	}
	if text, err := json.Marshal(entries[0]); err != nil || !strings.Contains(string(text), `"task":"adding"`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestCheck(t *testing.T) {
	empty := t.TempDir()
	statuses, err := data.Check(empty)
	if err != nil || len(statuses) != 4 {
		t.Fatalf("empty directory: %+v, %v", statuses, err)
	}
	for i, status := range statuses {
		if want := []string{"mnist", "ptb", "shakespeare", "ucr"}[i]; !status.Absent || status.Set != want || !errors.Is(status.Err, data.ErrNotFound) ||
			!strings.Contains(status.Err.Error(), status.Path) || want != "ucr" && !strings.Contains(status.Err.Error(), "data fetch "+want+" --data "+empty+"`") {
			t.Errorf("empty directory: %+v", status)
		}
	}
	dir := smallMNIST(t) // right names, wrong content
	for name, want := range map[string]int{"mnist": 4, "pmnist": 4, "ptb-char": 1, "ucr:Coffee": 1, "ucr": 20} {
		statuses, err := data.Check(dir, name)
		if err != nil || len(statuses) != want {
			t.Errorf("%s: %d statuses, want %d (%v)", name, len(statuses), want, err)
		}
		for _, status := range statuses {
			if status.Absent == (want == 4) || status.Err == nil || want == 4 && (!errors.Is(status.Err, data.ErrCorrupt) ||
				!strings.Contains(status.Err.Error(), status.Path) || !strings.HasSuffix(status.Err.Error(), "`spectral-gpu data fetch mnist --data "+dir+" --force`")) {
				t.Errorf("%s: %+v", name, status)
			}
		}
	}
	if _, err := data.Check(dir, "mnits"); !errors.Is(err, data.ErrUnknownSet) || !strings.Contains(err.Error(), "mnist, ptb, shakespeare, ucr") {
		t.Errorf("error %v", err)
	}
	for name, want := range map[string]string{"adding": "reads no files", "csv": "csv:FILE"} {
		if _, err := data.Check(dir, name); !errors.Is(err, data.ErrUnknownSet) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", name, err, want)
		}
	}
	for name, want := range map[string]bool{"csv:a.csv": true, "series:x": true, "text:b": true, "csv": false, "csv:": false, "adding": false, "mnist": false, "ucr:Coffee": false, "none": false} {
		if got := data.ReadsOwn(name); got != want {
			t.Errorf("ReadsOwn(%q) = %t", name, got)
		}
	}
	t.Setenv(data.DirVariable, dir)
	statuses, err = data.Check(dir, "ptb")
	if err != nil || !strings.Contains(statuses[0].Err.Error(), "run `spectral-gpu data fetch ptb`, or") {
		t.Errorf("the directory of the environment: %+v, %v", statuses, err)
	}
}

// Every set has files with sizes and checksums that can be, and a place from which they come.
func TestSets(t *testing.T) {
	sets := data.Sets()
	if len(sets) != 23 {
		t.Errorf("%d sets", len(sets))
	}
	for _, s := range sets {
		for _, f := range s.Files {
			if f.Sum.Bytes < 1 || len(f.Sum.SHA256) != 64 || strings.HasSuffix(f.Name, ".gz") == (f.Plain == data.Sum{}) {
				t.Errorf("%s: %+v", s.Name, f)
			}
		}
		if text := s.Instructions("d"); len(s.Files) == 0 || s.Title == "" || s.Licence == "" || !strings.Contains(text, s.Files[0].Sum.SHA256) || !strings.Contains(text, "https://") {
			t.Errorf("%s: %s", s.Name, text)
		}
	}
}

// The real sets, where there are any, are as published.
func TestRealSets(t *testing.T) {
	dir := os.Getenv(data.DirVariable)
	if dir == "" {
		t.Skip("$SPECTRAL_DATA is not set: checksums of real sets are not tested")
	}
	statuses, err := data.Check(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range statuses {
		if status.Err != nil && !status.Absent {
			t.Error(status.Err)
		}
	}
}

// A set of our own, compressed and not, right and wrong.
func TestSetCheck(t *testing.T) {
	sum := func(p string) data.Sum {
		h := sha256.Sum256([]byte(p))
		return data.Sum{Bytes: int64(len(p)), SHA256: hex.EncodeToString(h[:])}
	}
	var zipped strings.Builder
	zip := gzip.NewWriter(&zipped)
	zip.Write([]byte("content"))
	zip.Close()
	set := data.Set{Name: "set", Files: []data.File{{Name: "file.gz", Sum: sum(zipped.String()), Plain: sum("content")}}}
	tests := []struct {
		name, file, content string
		want                error
	}{
		{"compressed", "file.gz", zipped.String(), nil},
		{"plain", "file", "content", nil},
		{"plain under the compressed name", "file.gz", "content", data.ErrCorrupt},
		{"compressed under the plain name", "file", zipped.String(), data.ErrCorrupt},
		{"altered", "file", "Content", data.ErrCorrupt},
		{"longer", "file", "content ", data.ErrCorrupt},
		{"elsewhere", "other", "content", data.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(set.Dir(dir), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(set.Dir(dir), tt.file), []byte(tt.content), 0o644); err != nil {
				t.Fatal(err)
			}
			if got := set.Check(dir); len(got) != 1 || !errors.Is(got[0].Err, tt.want) {
				t.Errorf("%+v, want %v", got, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, split := range []data.Split{data.Train, data.Valid, data.Test} {
		text, err := split.MarshalText()
		var back data.Split
		if err != nil || back.UnmarshalText(text) != nil || back != split {
			t.Errorf("%v became %v by way of %q", split, back, text)
		}
	}
	var s data.Split
	if err := s.UnmarshalText([]byte("tset")); !errors.Is(err, data.ErrConfig) || !strings.Contains(err.Error(), "train, valid and test") {
		t.Errorf("error %v", err)
	}
	if text, err := json.Marshal(data.SquaredError); err != nil || string(text) != `"squared-error"` {
		t.Errorf("%s, %v", text, err)
	}
}
