//go:build cgo

package vulkan

import (
	"bytes"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
)

var (
	testOwner = fileOwner{Device: "a device", Driver: "a driver 1.2", UUID: "00ff-1", Kernels: "abc"}
	testTable = tunings{"gemm nn 128×128×1024": {Tile: "gemm {8 1}", Gain: 1.25}, "rnn_forward n=128 B=128": {Tile: "rnn 8 4 1", Gain: 1}, "rnn_backward n=7 B=1": {}}
)

// tuneFileOf is the content of a file.
func tuneFileOf(t testing.TB, own fileOwner, table tunings) []byte {
	t.Helper()
	content, err := encodeTunings(own, table)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestTuneFile: a file gives back what was put in, and nothing if it is not whole or not for this device, driver and program.
func TestTuneFile(t *testing.T) {
	good := tuneFileOf(t, testOwner, testTable)
	got, err := decodeTunings(good, testOwner)
	if err != nil || !maps.Equal(got, testTable) {
		t.Fatalf("%v, %v", got, err)
	}
	change := func(f func(o *fileOwner)) fileOwner { o := testOwner; f(&o); return o }
	for _, c := range []struct {
		name, want string
		content    []byte
		own        fileOwner
	}{
		{"empty", "not a file of this kind", nil, testOwner},
		{"text", "not a file of this kind", []byte("hello\n"), testOwner},
		{"another version", "not a file of this kind", bytes.Replace(good, []byte("tuning 1"), []byte("tuning 0"), 1), testOwner},
		{"magic only", "damaged", []byte(tuneMagic), testOwner},
		{"truncated", "damaged", good[:len(good)-1], testOwner},
		{"changed", "damaged", bytes.Replace(good, []byte("1.25"), []byte("1.26"), 1), testOwner},
		{"longer", "damaged", append(bytes.Clone(good), '\n'), testOwner},
		{"another card", "was made for a device", good, change(func(o *fileOwner) { o.UUID = "00ff-2" })},
		{"another device's name", "was made for a device", good, change(func(o *fileOwner) { o.Device = "b" })},
		{"another driver", "a driver 1.2", good, change(func(o *fileOwner) { o.Driver = "a driver 1.3" })},
		{"other kernels", "another version of this program", good, change(func(o *fileOwner) { o.Kernels = "abd" })},
	} {
		if got, err := decodeTunings(c.content, c.own); err == nil || !strings.Contains(err.Error(), c.want) || got != nil {
			t.Errorf("%s: %v, error %v, want %q", c.name, got, err, c.want)
		}
	}
}

// TestReadTunings: no file is no error, and an error names the file.
func TestReadTunings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.tuning")
	if got, err := readTunings(atomicfile.OS{}, file, testOwner); got != nil || err != nil {
		t.Errorf("no file: %v, %v", got, err)
	}
	if err := replaceFile(atomicfile.OS{}, file, tuneFileOf(t, testOwner, testTable)); err != nil {
		t.Fatal(err)
	}
	if got, err := readTunings(atomicfile.OS{}, file, testOwner); err != nil || !maps.Equal(got, testTable) {
		t.Errorf("%v, %v", got, err)
	}
	if err := os.WriteFile(file, []byte("no"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readTunings(atomicfile.OS{}, file, testOwner); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v does not name %s", err, file)
	}
}

// TestKernelsHash: the hash is the same each time and not that of nothing.
func TestKernelsHash(t *testing.T) {
	if a, b := kernelsHash(), kernelsHash(); a != b || len(a) != 32 {
		t.Errorf("%q, %q", a, b)
	}
}

// FuzzTunings: whatever a file holds, reading it ends, and what is accepted is what would be written.
func FuzzTunings(f *testing.F) {
	good := tuneFileOf(f, testOwner, testTable)
	f.Add(good)
	f.Add(tuneFileOf(f, testOwner, nil))
	f.Add(tuneFileOf(f, fileOwner{}, testTable))
	f.Add(good[:len(good)/2])
	f.Add([]byte(tuneMagic))
	f.Add(good[len(seal(tuneMagic, nil)):]) // JSON for this owner, to be sealed
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, c := range [][]byte{content, seal(tuneMagic, content)} {
			got, err := decodeTunings(c, testOwner)
			if err != nil {
				continue
			}
			for key, v := range got {
				if math.IsNaN(v.Gain) {
					t.Errorf("%q: gain %v", key, v.Gain)
				}
			}
			again, err := decodeTunings(tuneFileOf(t, testOwner, got), testOwner)
			if err != nil || !maps.Equal(got, again) {
				t.Errorf("%v is read again as %v, %v", got, again, err)
			}
		}
	})
}
