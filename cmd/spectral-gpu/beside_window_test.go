package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// TestBesideWindow trains where there can be no window: it goes on, and how it ends is how the command ends.
func TestBesideWindow(t *testing.T) {
	t.Setenv("DISPLAY", "")
	if windowUsable() == nil {
		t.Skip("with a window, testdata/script/watch.txtar does the same: windows are shown by main's goroutine alone")
	}
	failed := errors.New("ended so")
	var text bytes.Buffer
	out := &guarded{w: &text, failed: func(error) {}}
	ended := false
	err := besideWindow(context.Background(), &env{stderr: out}, train.Folder{Dir: t.TempDir()}, "", func() error {
		time.Sleep(50 * time.Millisecond)
		ended = true
		return failed
	})
	if err != failed || !ended || !strings.Contains(text.String(), "the run goes on without its window") {
		t.Errorf("%v, ended %v, %q", err, ended, text.String())
	}
}
