//go:build cgo

package vulkan

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile/faultfs"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// cachedRun opens a device with a cache folder, enters a product in the tuning file, as compiling one does, runs a program and closes.
func cachedRun(t *testing.T, dir string, files atomicfile.FS) (messages []string) {
	t.Helper()
	d, err := openDevice(firstDevice(t, false), gpu.Options{CacheDir: dir, Tuning: gpu.TuningAuto, OnMessage: func(m gpu.Message) { messages = append(messages, m.Text) }}, hooks{files: files})
	if err != nil {
		t.Fatal(err)
	}
	d.limits.GemmTiles = twoTiles
	d.tuner.left = 0 // nothing is measured: the estimates are entered
	dev := gpu.NewDevice(d)
	b := newBuffer(t, dev, "b", 3<<20, gpu.DeviceOnly)
	d.tuneFirst([]gpu.Op{gpu.Gemm{C: b.View(0, 96, 100), A: b.View(1<<20, 96, 1100), B: b.View(2<<20, 1100, 100), Alpha: 1}})
	if table := d.tunings(); table == nil && !strings.Contains(strings.Join(messages, " "), "not tuned") {
		t.Errorf("nothing is known after tuning; messages %q", messages)
	}
	p := compile(t, dev, gpu.CompileOptions{}, gpu.Fill{Y: b.View(0, 1, 4), Value: 1})
	run(t, p)
	p.Close()
	b.Close()
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	return messages
}

// TestCachesSurviveEveryFailure lets every operation on the cache folder fail in turn, of a start that finds older caches and one that
// finds none. The program runs all the same, and the next start finds the old or the new content, whole, and no rest of a half.
func TestCachesSurviveEveryFailure(t *testing.T) {
	needDevice(t)
	kept := t.TempDir()
	cachedRun(t, kept, atomicfile.OS{})
	files := map[string][]byte{}
	for _, pattern := range []string{"*.tuning", "*.pipelines"} {
		names, _ := filepath.Glob(filepath.Join(kept, pattern))
		if len(names) != 1 {
			t.Fatalf("%s: %v", pattern, names)
		}
		content, err := os.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(names[0])] = content
	}
	for _, old := range []bool{false, true} {
		prepare := func() string {
			dir := t.TempDir()
			for name, content := range files {
				if strings.HasSuffix(name, ".tuning") && old { // another shape's tuning is there
					own := ownerOf(t, content)
					content = tuneFileOf(t, own, testTable)
				}
				if !old {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			return dir
		}
		counted := faultfs.New(faultfs.Fail, 0)
		cachedRun(t, prepare(), counted)
		if n := len(counted.Ops()); n < 12 {
			t.Fatalf("only %d operations: %q", n, counted.Ops())
		}
		for _, mode := range faultfs.Modes() {
			for k := range counted.Ops() {
				dir := prepare()
				cachedRun(t, dir, faultfs.New(mode, k+1))
				checkCaches(t, dir, old)
				if t.Failed() {
					t.Fatalf("old caches %t, mode %v at %d: %s", old, mode, k+1, counted.Ops()[k])
				}
			}
		}
	}
}

// checkCaches starts with what a failure has left in dir.
func checkCaches(t *testing.T, dir string, old bool) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	long := time.Now().Add(-2 * leftover)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			if err := os.Chtimes(filepath.Join(dir, e.Name()), long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, m := range cachedRun(t, dir, atomicfile.OS{}) {
		if strings.Contains(m, "ignored") || strings.Contains(m, "not kept") || strings.Contains(m, "not written") || strings.Contains(m, "not tuned") {
			t.Errorf("the next start says %q", m)
		}
	}
	entries, err = os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("left over: %s", e.Name())
		}
		if !strings.HasSuffix(e.Name(), ".tuning") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		table, err := decodeTunings(content, ownerOf(t, content))
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if old {
			want += len(testTable)
			for key, v := range testTable {
				if table[key] != v {
					t.Errorf("lost %s", key)
				}
			}
		}
		if len(table) != want {
			t.Errorf("%d shapes are kept, want %d: %v", len(table), want, slicesOf(table))
		}
	}
}

func slicesOf(t tunings) (keys []string) {
	for k := range maps.Keys(t) {
		keys = append(keys, k)
	}
	return keys
}

// ownerOf returns what a good tuning file holds for.
func ownerOf(t *testing.T, content []byte) fileOwner {
	t.Helper()
	own := (&device{info: firstDevice(t, false).info}).fileOwner()
	if !bytes.Contains(content, []byte(own.UUID)) {
		t.Fatalf("not this device's: %s", content)
	}
	return own
}

// FuzzPipelineCache: whatever a file holds, reading it ends, and what is accepted is this device's and what would be written.
func FuzzPipelineCache(f *testing.F) {
	p := &platform.Physical{Vendor: 0x10de, Device: 0x2330, CacheUUID: [16]byte{1, 2, 3}}
	header := append([]byte{32, 0, 0, 0, 1, 0, 0, 0, 0xde, 0x10, 0, 0, 0x30, 0x23, 0, 0}, p.CacheUUID[:]...)
	good := cacheFileBytes(append(header, "what the driver keeps"...))
	f.Add(good)
	f.Add(cacheFileBytes(header))
	f.Add(good[:len(good)-1])
	f.Add([]byte(cacheMagic))
	f.Add(foreignCache(good))
	f.Add(append(header, 7)) // data, to be sealed
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, c := range [][]byte{content, cacheFileBytes(content)} {
			data, err := decodeCache(c, p)
			if err != nil {
				continue
			}
			if !bytes.HasPrefix(data[8:], header[8:]) || !bytes.Equal(cacheFileBytes(data), c) {
				t.Errorf("accepted %q", c)
			}
		}
	})
}
