package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/fetch"
)

func TestFetchThenNothingLeftToDo(t *testing.T) {
	m, dir := newMirror(t, published()), t.TempDir()
	var last fetch.Progress
	f := quick()
	f.Progress = func(p fetch.Progress) {
		if p.File == last.File && p.Done <= last.Done {
			t.Errorf("progress from %d to %d", last.Done, p.Done)
		}
		last = p
	}
	mustFetch(t, f, setOf(m.URL), dir)
	if want := (fetch.Progress{File: "small.gz", Mirror: m.URL, Done: 1000, Total: 1000}); last != want {
		t.Errorf("last progress %+v, want %+v", last, want)
	}
	mustFetch(t, f, setOf(m.URL+"/"), dir)
	if d := cmp.Diff([]string{"large.gz ", "small.gz "}, m.requests()); d != "" {
		t.Error(d)
	}
	mustFetch(t, f, setOf("http://127.0.0.1:1/none"), dir) // offline, but all is there
}

func TestInterruptedDownloadGoesOn(t *testing.T) {
	t.Run("within one fetch", func(t *testing.T) {
		m, dir := newMirror(t, published()), t.TempDir()
		m.cut, m.breaks = 100_000, 2
		mustFetch(t, quick(), setOf(m.URL), dir)
		want := []string{"large.gz ", "large.gz bytes=100000-", "large.gz bytes=200000-", "small.gz "}
		if d := cmp.Diff(want, m.requests()); d != "" {
			t.Error(d)
		}
	})
	t.Run("in a later fetch, from another mirror", func(t *testing.T) {
		broken, sound, dir := newMirror(t, published()), newMirror(t, published()), t.TempDir()
		broken.cut, broken.breaks = 123_456, 1
		f := quick()
		f.Rounds = 1
		err := f.Fetch(context.Background(), setOf(broken.URL), dir)
		if !errors.Is(err, fetch.ErrDownload) || !strings.Contains(err.Error(), "interrupted after 123456 of 300000 bytes") {
			t.Fatalf("error %v", err)
		}
		part, err := os.ReadFile(filepath.Join(dir, "set", "large.gz.part"))
		if err != nil || !bytes.Equal(part, large[:123_456]) {
			t.Fatalf("%d bytes kept (%v)", len(part), err)
		}
		mustFetch(t, quick(), setOf(sound.URL), dir)
		if got := sound.requests()[0]; got != "large.gz bytes=123456-" {
			t.Errorf("asked for %q", got)
		}
	})
	t.Run("from a mirror without ranges", func(t *testing.T) {
		m, dir := newMirror(t, published()), t.TempDir()
		m.cut, m.breaks, m.noRanges = 100_000, 1, true
		mustFetch(t, quick(), setOf(m.URL), dir)
	})
	t.Run("all there but not yet renamed", func(t *testing.T) {
		m, dir := newMirror(t, published()), t.TempDir()
		leave(t, dir, "large.gz.part", large)
		mustFetch(t, quick(), setOf(m.URL), dir)
		if d := cmp.Diff([]string{"small.gz "}, m.requests()); d != "" {
			t.Error(d)
		}
	})
}

// A .part of wrong content must not stop the download for good.
func TestForeignPartIsReplaced(t *testing.T) {
	for name, part := range map[string][]byte{
		"wrong start":     content(5000, 9),
		"wrong and whole": content(300_000, 9),
		"too long":        content(300_001, 9),
		"empty":           {},
	} {
		t.Run(name, func(t *testing.T) {
			m, dir := newMirror(t, published()), t.TempDir()
			leave(t, dir, "large.gz.part", part)
			mustFetch(t, quick(), setOf(m.URL), dir)
		})
	}
}

func TestNextMirrorIsTried(t *testing.T) {
	wrong := published()
	wrong["large.gz"][150_000] ^= 1
	short := published()
	short["large.gz"] = short["large.gz"][:5]
	for name, faulty := range map[string]func(t *testing.T) string{
		"wrong checksum": func(t *testing.T) string { return newMirror(t, wrong).URL },
		"wrong length":   func(t *testing.T) string { return newMirror(t, short).URL },
		"404":            func(t *testing.T) string { return newMirror(t, nil).URL },
		"503": func(t *testing.T) string {
			m := newMirror(t, nil)
			m.status = http.StatusServiceUnavailable
			return m.URL
		},
		"offline":     func(t *testing.T) string { return "http://127.0.0.1:1/" },
		"bad address": func(t *testing.T) string { return "http://%zz" },
	} {
		t.Run(name, func(t *testing.T) {
			mustFetch(t, quick(), setOf(faulty(t), newMirror(t, published()).URL), t.TempDir())
		})
	}
}

func TestOwnMirrorsComeFirst(t *testing.T) {
	own, theirs := newMirror(t, published()), newMirror(t, published())
	f := quick()
	f.Mirrors = []string{own.URL}
	mustFetch(t, f, setOf(theirs.URL), t.TempDir())
	if len(own.requests()) != 2 || len(theirs.requests()) != 0 {
		t.Errorf("%d requests to the given mirror, %d to the set's", len(own.requests()), len(theirs.requests()))
	}
}

func TestFailureSaysWhatToDo(t *testing.T) {
	wrong := published()
	wrong["large.gz"][150_000] ^= 1
	tests := []struct {
		name     string
		mirror   func(t *testing.T) *mirror
		is       error // beside ErrDownload
		says     string
		requests int // of large.gz: 3 rounds, or 1 where asking again is of no use
	}{
		{"wrong checksum", func(t *testing.T) *mirror { return newMirror(t, wrong) }, data.ErrCorrupt, "300000 bytes with SHA-256", 1},
		{"404", func(t *testing.T) *mirror { return newMirror(t, nil) }, nil, "it answers 404 Not Found", 1},
		{"503", func(t *testing.T) *mirror {
			m := newMirror(t, published())
			m.status = http.StatusServiceUnavailable
			return m
		}, nil, "it answers 503", 3},
		{"offline", func(t *testing.T) *mirror {
			m := newMirror(t, published())
			m.Close()
			return m
		}, nil, "connect", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, dir := tt.mirror(t), t.TempDir()
			set := setOf(m.URL)
			err := quick().Fetch(context.Background(), set, dir)
			if !errors.Is(err, fetch.ErrDownload) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Fatalf("error %v", err)
			}
			for _, part := range []string{tt.says, "from " + m.URL, "put these files in " + filepath.Join(dir, "set"),
				set.Files[0].Sum.SHA256, set.Files[1].Sum.SHA256, "large.gz", "small.gz"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q:\n%v", part, err)
				}
			}
			if got := len(m.requests()); got != tt.requests {
				t.Errorf("%d requests, want %d: %v", got, tt.requests, m.requests())
			}
			if _, err := os.Stat(filepath.Join(dir, "set", "large.gz")); !errors.Is(err, os.ErrNotExist) {
				t.Error("a file was published all the same")
			}
		})
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	m := newMirror(t, published())
	m.stall = true
	f := &fetch.Fetcher{Idle: 50 * time.Millisecond, Rounds: 1}
	err := f.Fetch(context.Background(), setOf(m.URL), t.TempDir())
	if !errors.Is(err, fetch.ErrDownload) || !strings.Contains(err.Error(), "nothing came for 50ms") {
		t.Errorf("error %v", err)
	}
}

func TestCancelKeepsWhatCame(t *testing.T) {
	m, dir := newMirror(t, published()), t.TempDir()
	m.stall = true
	ctx, cancel := context.WithCancel(context.Background())
	f := quick()
	f.Progress = func(p fetch.Progress) {
		if p.Done == int64(len(large)/2) {
			cancel()
		}
	}
	err := f.Fetch(ctx, setOf(m.URL), dir)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "large.gz") {
		t.Fatalf("error %v", err)
	}
	if part, err := os.ReadFile(filepath.Join(dir, "set", "large.gz.part")); err != nil || !bytes.Equal(part, large[:len(large)/2]) {
		t.Errorf("%d bytes kept (%v)", len(part), err)
	}
	m.mu.Lock()
	m.stall = false
	m.mu.Unlock()
	mustFetch(t, quick(), setOf(m.URL), dir)
}

func TestForeignFileIsNotOverwritten(t *testing.T) {
	m, dir := newMirror(t, published()), t.TempDir()
	own := []byte("somebody's own data")
	leave(t, dir, "large.gz", own)
	err := quick().Fetch(context.Background(), setOf(m.URL), dir)
	if !errors.Is(err, data.ErrCorrupt) || !strings.Contains(err.Error(), "--force`") {
		t.Errorf("error %v", err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "set", "large.gz")); !bytes.Equal(got, own) {
		t.Error("it was overwritten")
	}
	if r := m.requests(); len(r) != 0 {
		t.Errorf("requests %v", r)
	}
	force := quick()
	force.Force = true
	mustFetch(t, force, setOf(m.URL), dir)
	if got, _ := os.ReadFile(filepath.Join(dir, "set", "large.gz")); !bytes.Equal(got, large) {
		t.Error("it was not replaced with Force")
	}
}

// A set that no mirror has is not begun; the error says where it is published.
func TestNoMirror(t *testing.T) {
	dir := t.TempDir()
	set := setOf("")
	set.Mirrors, set.Home = nil, "https://example.org/archive"
	err := quick().Fetch(context.Background(), set, dir)
	if !errors.Is(err, fetch.ErrDownload) || !strings.Contains(err.Error(), "https://example.org/archive") || !strings.Contains(err.Error(), "large.gz") {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	if err := fetch.Fetch(context.Background(), "ucr:Coffee", dir, nil); !errors.Is(err, fetch.ErrDownload) || !strings.Contains(err.Error(), "Coffee_TEST.tsv") {
		t.Errorf("error %v", err)
	}
}

func TestFileSystemErrorsEndTheFetch(t *testing.T) {
	m, dir := newMirror(t, published()), t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "set", "large.gz.part"), 0o755); err != nil { // a directory in its place
		t.Fatal(err)
	}
	err := quick().Fetch(context.Background(), setOf(m.URL), dir)
	var local *os.PathError
	if !errors.As(err, &local) || errors.Is(err, fetch.ErrDownload) || len(m.requests()) != 0 {
		t.Errorf("error %v after %v", err, m.requests())
	}
	leave(t, dir, "../file", nil)
	if err := quick().Fetch(context.Background(), setOf(m.URL), filepath.Join(dir, "file")); !errors.As(err, &local) {
		t.Errorf("data directory is a file: error %v", err)
	}
}

// Fetches at the same time into one directory must take turns: each file is asked for once.
func TestConcurrentFetches(t *testing.T) {
	m, dir := newMirror(t, published()), t.TempDir()
	var all sync.WaitGroup
	failures := make([]error, 4)
	for i := range failures {
		all.Go(func() { failures[i] = quick().Fetch(context.Background(), setOf(m.URL), dir) })
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
	mustFetch(t, quick(), setOf(m.URL), dir)
	if got := m.requests(); len(got) != 2 {
		t.Errorf("requests %v", got)
	}
}

func TestFetchByName(t *testing.T) {
	err := fetch.Fetch(context.Background(), "minst", t.TempDir(), nil)
	if !errors.Is(err, data.ErrUnknownSet) || !strings.Contains(err.Error(), "mnist") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := fetch.Fetch(ctx, "mnist", t.TempDir(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}

func leave(t *testing.T, dir, name string, p []byte) {
	t.Helper()
	path := filepath.Join(dir, "set", name)
	if err := os.MkdirAll(filepath.Join(dir, "set"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, p, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The order of mirrors in the published sets is the order of asking; every one must be encrypted and end where
// a file's name begins.
func TestPublishedMirrors(t *testing.T) {
	for _, set := range data.Sets() {
		bad := slices.DeleteFunc(slices.Clone(set.Mirrors), func(m string) bool {
			return strings.HasPrefix(m, "https://") && strings.HasSuffix(m, "/")
		})
		if len(bad) > 0 || (len(set.Mirrors) == 0) == (set.Home == "") {
			t.Errorf("set %s: mirrors %v", set.Name, set.Mirrors)
		}
	}
}
