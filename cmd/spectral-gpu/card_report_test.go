package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A part that fails, or that hangs, ends neither the report nor the parts after it.
func TestCardReportParts(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell to make parts of")
	}
	var file, progress bytes.Buffer
	r := &cardReport{file: &file, progress: &progress, dir: t.TempDir(), end: time.Now().Add(time.Minute)}
	part := func(line string, most time.Duration) reportPart {
		return reportPart{program: sh, args: []string{"-c", line}, most: most}
	}
	parts := []reportPart{part("echo wrong; exit 7", time.Minute), part("echo begun; exec sleep 60", 300*time.Millisecond), part("echo right", time.Minute)}
	for _, p := range parts {
		if err := r.run(context.Background(), p); err != nil {
			t.Fatal(err)
		}
	}
	r.end = time.Now()
	if err := r.run(context.Background(), parts[2]); err != nil {
		t.Fatal(err)
	}
	want := []string{"FAILED after", "cut off after", "done in", "left out"}
	if len(r.lines) != len(want) || r.bad != 1 {
		t.Fatalf("%d parts failed: %q", r.bad, r.lines)
	}
	for i, w := range want {
		if !strings.Contains(r.lines[i], w) {
			t.Errorf("part %d: %q, want %q", i, r.lines[i], w)
		}
	}
	for _, w := range []string{"wrong\n", "begun\n", "right\n", "exit status 7"} {
		if !strings.Contains(file.String(), w) {
			t.Errorf("the report has no %q:\n%s", w, file.String())
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	r.end = time.Now().Add(time.Minute)
	if err := r.run(ended, parts[2]); err == nil {
		t.Error("a report goes on that was interrupted")
	}
}

func TestCardReportRunsTests(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.test", "a.test", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	list, err := (&cardReportCmd{Tests: dir, Device: "vulkan", Short: true}).parts()
	if err != nil {
		t.Fatal(err)
	}
	last := list[len(list)-2:]
	if filepath.Base(last[0].program) != "a.test" || filepath.Base(last[1].program) != "b.test" || last[0].dir != dir {
		t.Errorf("%+v", last)
	}
}
