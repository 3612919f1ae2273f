package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, text := range []string{"one", "two, which is longer", ""} {
		if err := Write(OS{}, path, write(text), nil); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Fatalf("got %q, %v; want %q", got, err, text)
		}
	}
}

func TestFailureLeavesOldFileAndNoTemporary(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := Write(OS{}, path, write("old"), nil); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := Write(OS{}, path, func(w io.Writer) error {
		if err := write("new, but only half of")(w); err != nil {
			return err
		}
		return full
	}, nil)
	if !errors.Is(err, full) {
		t.Fatalf("error %v, want %v", err, full)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("file holds %q after a failed write, want the old content", got)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("%d entries left, want the file alone: %v", len(entries), entries)
	}
}

func TestUnwritableFolder(t *testing.T) {
	if err := Write(OS{}, filepath.Join(t.TempDir(), "absent", "a"), write("x"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("error %v, want not exist", err)
	}
}

func TestWhatCannotBeReadBackReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := Write(OS{}, path, write("old"), nil); err != nil {
		t.Fatal(err)
	}
	bad := errors.New("no good")
	err := Write(OS{}, path, write("new"), func(content []byte) error {
		if string(content) != "new" {
			t.Errorf("read back %q", content)
		}
		return bad
	})
	if got, _ := os.ReadFile(path); !errors.Is(err, bad) || string(got) != "old" {
		t.Errorf("%v, file holds %q; want the failure and the old content", err, got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestSweepTakesOldTemporariesOfTheFileOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, name := range []string{".a.tmp-1", ".a.tmp-2", ".b.tmp-1", "a", ".a"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	left := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	if err := Sweep(OS{}, path, time.Hour); err != nil || left() != 5 {
		t.Errorf("fresh files: %v, %d left of 5", err, left())
	}
	if err := Sweep(OS{}, path, 0); err != nil || left() != 3 {
		t.Errorf("%v, %d left, want 3", err, left())
	}
	if err := Sweep(OS{}, filepath.Join(dir, "absent", "a"), 0); err != nil {
		t.Error(err)
	}
}

func TestLockHasOneHolderAndNamesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".lock")
	first, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(path)
	if want := fmt.Sprintf("process %d on ", os.Getpid()); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), want) {
		t.Errorf("second holder: %v, want ErrLocked with %q", err, want)
	}
	if err := first.Unlock(); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); err != nil || len(text) != 0 {
		t.Errorf("after Unlock the file holds %q, %v", text, err)
	}
	second, err := Lock(path)
	if err != nil {
		t.Fatal("after Unlock:", err)
	}
	if err := second.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestIsFull(t *testing.T) {
	if !IsFull(fmt.Errorf("write: %w", &os.PathError{Op: "write", Path: "x", Err: ErrNoSpace})) || IsFull(os.ErrPermission) || IsFull(nil) {
		t.Error("a full disk is not told from other failures")
	}
}
