//go:build cgo

package vulkan

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile/faultfs"
)

// TestCacheFilesAtEveryFailure: whatever happens while a file is replaced, what is read then is the old content or the new one, and
// once there is no failure any more, the new one.
func TestCacheFilesAtEveryFailure(t *testing.T) {
	old := tunings{"old": {Tile: "x", Gain: 2}}
	for _, mode := range faultfs.Modes() {
		for k := 0; ; k++ {
			file := filepath.Join(t.TempDir(), "new", "file.tuning")
			if k%2 == 0 { // with and without an old file
				if err := replaceFile(atomicfile.OS{}, file, tuneFileOf(t, testOwner, old)); err != nil {
					t.Fatal(err)
				}
			}
			f := faultfs.New(mode, k)
			t.Run(fmt.Sprintf("%v at %d", mode, k), func(t *testing.T) {
				err := replaceFile(f, file, tuneFileOf(t, testOwner, testTable))
				got, rerr := readTunings(atomicfile.OS{}, file, testOwner)
				if rerr != nil || got != nil && !maps.Equal(got, old) && !maps.Equal(got, testTable) || err == nil && !maps.Equal(got, testTable) {
					t.Errorf("%v; read %v, %v", err, got, rerr)
				}
			})
			if err := replaceFile(atomicfile.OS{}, file, tuneFileOf(t, testOwner, testTable)); err != nil {
				t.Fatal(err)
			}
			if got, err := readTunings(atomicfile.OS{}, file, testOwner); err != nil || !maps.Equal(got, testTable) {
				t.Errorf("afterwards %v, %v", got, err)
			}
			if k > len(f.Ops()) {
				break
			}
		}
	}
}

// TestDiskFillsWhileTuning: at every operation of a first start that takes room. Nothing stops, results are right, and what cannot be
// kept is said.
func TestDiskFillsWhileTuning(t *testing.T) {
	start := func(k int) (dir string, f *faultfs.FS, messages string) {
		dir, f = t.TempDir(), faultfs.New(faultfs.Full, k)
		u := newTuning(t, dir, gpu.TuningAuto)
		u.exec.files = f
		first, _ := u.result()
		second, _ := u.result()
		u.close()
		if len(first) == 0 || !slices.Equal(first, second) {
			t.Errorf("full at operation %d: results differ", k)
		}
		return dir, f, strings.Join(u.messages, " ")
	}
	_, calm, _ := start(0)
	for i, op := range calm.Ops() {
		if !strings.HasPrefix(op, "create") && !strings.HasPrefix(op, "write") {
			continue
		}
		dir, _, messages := start(i + 1)
		if !strings.Contains(messages, "no space left") {
			t.Errorf("full at operation %d (%s): messages %q", i+1, op, messages)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.Contains(e.Name(), ".tmp-") {
				t.Errorf("full at operation %d: %s is left over", i+1, e.Name())
			}
		}
	}
}
