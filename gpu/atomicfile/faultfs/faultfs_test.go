package faultfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
)

// TestAtomicWriteAtEveryOperation: whatever happens at whichever operation, the file is the old or the new one.
func TestAtomicWriteAtEveryOperation(t *testing.T) {
	for _, mode := range Modes() {
		for at := 0; ; at++ {
			path := filepath.Join(t.TempDir(), "a")
			if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
			f := New(mode, at)
			err := atomicfile.Write(f, path, atomicfile.Bytes([]byte("the new one")), nil)
			got, rerr := os.ReadFile(path)
			if rerr != nil || string(got) != "old" && string(got) != "the new one" || err == nil && string(got) == "old" {
				t.Errorf("%v at %d: %v, file holds %q, %v\n%q", mode, at, err, got, rerr, f.Ops())
			}
			if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 && (mode == Fail || mode == Full) {
				t.Errorf("%v at %d: left behind %v", mode, at, entries)
			}
			if at > len(f.Ops()) {
				break
			}
			if err == nil && at > 0 && mode != Full {
				t.Errorf("%v at %d was not noticed: %q", mode, at, f.Ops())
			}
		}
	}
}

// TestPowerCutTakesWhatWasNotSynced proves that the simulation finds those who forget to sync.
func TestPowerCutTakesWhatWasNotSynced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := New(Power, 5)
	tmp, err := f.CreateTemp(dir, ".t-*") // 1
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tmp.Write([]byte("new")); err != nil { // 2
		t.Fatal(err)
	}
	if err := errors.Join(f.Rename(tmp.Name(), path), f.SyncDir(dir)); err != nil { // 3, 4: the file was never synced
		t.Fatal(err)
	}
	if err := f.Remove(path); !errors.Is(err, ErrDead) {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || len(got) != 0 {
		t.Errorf("%q, %v; want an empty file", got, err)
	}
	tmp.Close()
}
