//go:build cgo

package platform

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

func TestDriverReport(t *testing.T) {
	empty := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS"} {
		t.Setenv(name, empty)
	}
	t.Setenv("VK_DRIVER_FILES", "")
	t.Setenv("VK_ICD_FILENAMES", "")
	if r := driverReport(); len(r) != 1 || !strings.Contains(r[0], "install") {
		t.Errorf("no manifests: %q", r)
	}
	dir := filepath.Join(empty, "vulkan/icd.d")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"a.json": `{"ICD":{"library_path":"liba.so","api_version":"1.2.3"}}`, "b.json": "{"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := driverReport()
	if len(r) != 2 || !strings.Contains(r[0], "a.json: driver liba.so, Vulkan 1.2.3") || !strings.Contains(r[1], "b.json: not a manifest") {
		t.Errorf("report %q", r)
	}
}

// TestDamagedManifest: the error of a loader that gives up names the file, whether it was named or found.
func TestDamagedManifest(t *testing.T) {
	for name, text := range map[string]string{"no JSON": "{", "empty": "", "no library": "{}", "a list": "[]"} {
		file := filepath.Join(t.TempDir(), "bad.json")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Setenv("VK_DRIVER_FILES", file)
		err := blameManifests(Error("vkCreateInstance", OutOfHostMemory, ""))
		if !errors.Is(err, gpu.ErrNoDevice) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv("VK_DRIVER_FILES", filepath.Join(t.TempDir(), "missing.json"))
	if err := blameManifests(Error("vkCreateInstance", OutOfHostMemory, "")); !errors.Is(err, gpu.ErrOutOfMemory) {
		t.Errorf("without a damaged manifest: %v", err)
	}
	if err := blameManifests(nil); err != nil {
		t.Error(err)
	}
}

// FuzzManifest: whatever a manifest holds, reading it ends with a library or with a reason.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"file_format_version":"1.0.0","ICD":{"library_path":"/usr/lib/libvulkan_lvp.so","api_version":"1.3.230"}}`))
	f.Add([]byte(`{"file_format_version":"1.0.1","ICD":{"library_path":"libGLX_nvidia.so.0","api_version":"1.4.312"}}`))
	f.Add([]byte(`{"ICD":{"library_path":7}}`))
	f.Add([]byte("{}"))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, content []byte) {
		library, api, err := decodeManifest(content)
		if (err == nil) != (library != "") || err != nil && api != "" {
			t.Errorf("library %q, Vulkan %q, error %v", library, api, err)
		}
		if !utf8.ValidString(library) {
			t.Errorf("library %q", library)
		}
	})
}
