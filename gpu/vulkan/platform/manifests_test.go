//go:build cgo

package platform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
