package fetch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/fetch"
)

// mirror is a local server of files that can misbehave, and that remembers what was asked of it.
type mirror struct {
	*httptest.Server
	files map[string][]byte

	mu       sync.Mutex
	cut      int  // break the connection after so many bytes of a body, once for each unit of breaks
	breaks   int  // how many answers are still to be broken
	noRanges bool // answer a range request with the whole file
	status   int  // answer everything with this
	stall    bool // send half a body and then nothing

	asked  []string // "NAME RANGE" of each request
	closed chan struct{}
}

func newMirror(t *testing.T, files map[string][]byte) *mirror {
	m := &mirror{files: files, closed: make(chan struct{})}
	m.Server = httptest.NewServer(m)
	t.Cleanup(func() {
		close(m.closed)
		m.Close()
	})
	return m
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := filepath.Base(r.URL.Path)
	m.asked = append(m.asked, name+" "+r.Header.Get("Range"))
	file, ok := m.files[name]
	switch {
	case m.status != 0:
		w.WriteHeader(m.status)
	case !ok:
		http.NotFound(w, r)
	case m.stall:
		w.Header().Set("Content-Length", strconv.Itoa(len(file)))
		w.Write(file[:len(file)/2])
		w.(http.Flusher).Flush()
		m.mu.Unlock()
		select {
		case <-m.closed:
		case <-r.Context().Done():
		}
		m.mu.Lock()
	default:
		if m.noRanges {
			r.Header.Del("Range")
		}
		if m.breaks > 0 {
			m.breaks--
			w = &breaking{w, m.cut}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
	}
}

func (m *mirror) requests() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.asked...)
}

// breaking drops the connection after left bytes of the body.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) < b.left {
		b.left -= len(p)
		return b.ResponseWriter.Write(p)
	}
	b.ResponseWriter.Write(p[:b.left])
	b.ResponseWriter.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// content is n bytes of no period that a wrong offset could hide behind.
func content(n int, seed byte) []byte {
	p := make([]byte, n)
	state := uint32(seed) + 1
	for i := range p {
		state = state*1664525 + 1013904223
		p[i] = byte(state >> 24)
	}
	return p
}

var (
	large = content(300_000, 1)
	small = content(1000, 2)
)

func published() map[string][]byte {
	return map[string][]byte{"large.gz": bytes.Clone(large), "small.gz": bytes.Clone(small)}
}

// setOf describes the two files as published at the mirrors.
func setOf(mirrors ...string) data.Set {
	sum := func(p []byte) data.Sum {
		h := sha256.Sum256(p)
		return data.Sum{Bytes: int64(len(p)), SHA256: hex.EncodeToString(h[:])}
	}
	return data.Set{Name: "set", Mirrors: mirrors, Files: []data.File{
		{Name: "large.gz", Sum: sum(large)},
		{Name: "small.gz", Sum: sum(small)},
	}}
}

// quick does not wait between rounds.
func quick() *fetch.Fetcher { return &fetch.Fetcher{Pause: time.Millisecond} }

func mustFetch(t *testing.T, f *fetch.Fetcher, set data.Set, dir string) {
	t.Helper()
	if err := f.Fetch(context.Background(), set, dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range published() {
		if got, err := os.ReadFile(filepath.Join(dir, "set", name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes (%v), not those published", name, len(got), err)
		}
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "set", "*.part")); len(parts) > 0 {
		t.Errorf("left over: %v", parts)
	}
}
