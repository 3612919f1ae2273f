package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
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
		"killed":           {"kill -9 $$", goesOn + "signal: killed"},
		"open at the end":  {"trap 'exit 0' TERM; while :; do sleep 0.01; done", ""},
		"fails at the end": {"trap 'exit 4' TERM; while :; do sleep 0.01; done", "the window did not end well: exit status 4"},
	} {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			out := &guarded{w: &text, failed: func(error) {}}
			ended := false
			err := besideWindow(t.Context(), &env{stderr: out}, []string{shell, "-c", c.window}, func() error {
				time.Sleep(300 * time.Millisecond)
				ended = true
				return failed
			})
			if err != failed || !ended {
				t.Errorf("%v, ended %v", err, ended)
			}
			if got := text.String(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
				t.Errorf("said %q, want %q", got, c.want)
			}
		})
	}
	t.Run("not to be started", func(t *testing.T) {
		var text bytes.Buffer
		out := &guarded{w: &text, failed: func(error) {}}
		err := besideWindow(context.Background(), &env{stderr: out}, []string{t.TempDir() + "/nothing"}, func() error {
			time.Sleep(50 * time.Millisecond)
			return failed
		})
		if err != failed || !strings.Contains(text.String(), goesOn) {
			t.Errorf("%v, %q", err, text.String())
		}
	})
}
