//go:build cgo

package vulkan

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// openWithCache opens a device with a cache folder, runs a program and closes it; it returns the warnings.
func openWithCache(t *testing.T, dir string) (warnings []string) {
	t.Helper()
	needDevice(t)
	d, err := open(0, gpu.Options{CacheDir: dir, OnMessage: func(m gpu.Message) { warnings = append(warnings, m.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	dev := gpu.NewDevice(d)
	b := newBuffer(t, dev, "b", 4, gpu.DeviceOnly)
	p := compile(t, dev, gpu.CompileOptions{}, gpu.Fill{Y: b.All(), Value: 1})
	run(t, p)
	if v := read(t, b); v[3] != 1 {
		t.Errorf("wrong result %v", v)
	}
	p.Close()
	b.Close()
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	return warnings
}

func TestPipelineCacheFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if w := openWithCache(t, dir); len(w) != 0 {
		t.Errorf("first start warns: %v", w)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 1 || !strings.HasSuffix(files[0], ".pipelines") {
		t.Fatalf("files %v", files)
	}
	good, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if w := openWithCache(t, dir); len(w) != 0 {
		t.Errorf("second start warns: %v", w)
	}
	foreign := foreignCache(good)
	cases := []struct {
		name, warning string
		data          []byte
	}{
		{"empty", "not a pipeline cache", nil},
		{"text", "not a pipeline cache", []byte("hello")},
		{"truncated", "damaged", good[:len(good)-1]},
		{"changed", "damaged", append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1)},
		{"magic only", "not a pipeline cache", []byte(cacheMagic)},
		{"another device", "another device", foreign},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(files[0], c.data, 0o644); err != nil {
				t.Fatal(err)
			}
			if w := openWithCache(t, dir); len(w) != 1 || !strings.Contains(w[0], c.warning) {
				t.Errorf("warnings %q, want one with %q", w, c.warning)
			}
			if now, _ := os.ReadFile(files[0]); !bytes.HasPrefix(now, []byte(cacheMagic)) || bytes.Equal(now, c.data) {
				t.Error("the file was not replaced by a good one")
			}
		})
	}
}

// foreignCache is a whole file whose header names another vendor.
func foreignCache(good []byte) []byte {
	data := bytes.Clone(good[len(cacheMagic)+32:])
	data[8] ^= 0xff
	return cacheFileBytes(data)
}

// TestPipelineCacheUnwritable: a cache that cannot be written is a warning, not a failure.
func TestPipelineCacheUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	w := openWithCache(t, filepath.Join(file, "sub"))
	if len(w) == 0 || !strings.Contains(strings.Join(w, " "), "not written") {
		t.Errorf("warnings %q", w)
	}
}
