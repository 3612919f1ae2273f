package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBesideWindow trains beside what takes the window's place. Whatever becomes of that, the run goes on, and how it ends is how the command ends.
func TestBesideWindow(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh here to take the window's place")
	}
	failed := errors.New("ended so")
	const goesOn = "the run goes on without its window: "
	for name, c := range map[string]struct {
		window string
		want   string // what is said; "" is nothing
	}{
		"closed":           {"exit 0", ""},
		"no window":        {"echo spectral-gpu: no display >&2; exit 3", "spectral-gpu: no display\nspectral-gpu: " + goesOn + "exit status 3\n"},
		"killed":           {"kill -9 $$", "spectral-gpu: " + goesOn + "signal: killed\n"},
		"open at the end":  {"trap 'exit 0' TERM; echo open >&2; while :; do sleep 0.01; done", "open\n"},
		"fails at the end": {"trap 'exit 4' TERM; echo open >&2; while :; do sleep 0.01; done", "open\nspectral-gpu: the window did not end well: exit status 4\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var said transcript
			ended := false
			err := besideWindow(t.Context(), &env{stderr: &guarded{w: &said, failed: func(error) {}}}, []string{shell, "-c", c.window}, func() error {
				during, _, _ := strings.Cut(c.want, "spectral-gpu: the window did not")
				said.await(during)
				ended = true
				return failed
			})
			if err != failed || !ended {
				t.Errorf("%v, ended %v", err, ended)
			}
			if got := said.String(); got != c.want {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
	t.Run("not to be started", func(t *testing.T) {
		var said transcript
		out := &guarded{w: &said, failed: func(error) {}}
		err := besideWindow(context.Background(), &env{stderr: out}, []string{t.TempDir() + "/nothing"}, func() error {
			said.await("spectral-gpu: " + goesOn)
			return failed
		})
		if err != failed || !strings.Contains(said.String(), goesOn) {
			t.Errorf("%v, %q", err, said.String())
		}
	})
}

// transcript keeps what is said.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *transcript) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await returns once want has been said, or after 20 s without it. Where nothing is to be said it gives time to say something.
func (s *transcript) await(want string) {
	if want == "" {
		time.Sleep(300 * time.Millisecond)
	}
	for end := time.Now().Add(20 * time.Second); !strings.Contains(s.String(), want) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}
