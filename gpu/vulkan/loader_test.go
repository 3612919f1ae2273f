//go:build cgo

package vulkan

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestNoDriver: without a driver there is a report and an error, and nothing crashes.
func TestNoDriver(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.json")
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"file_format_version":"1.0.0","ICD":{"library_path":"/no/such/driver.so","api_version":"1.3.0"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{missing, broken} {
		t.Setenv("VK_DRIVER_FILES", file)
		t.Setenv("VK_ICD_FILENAMES", file)
		devices, report, err := backend{}.Devices()
		if len(devices) > 0 {
			t.Fatalf("devices without a driver: %v", devices)
		}
		if err != nil && !errors.Is(err, gpu.ErrNoDevice) {
			t.Errorf("error %v", err)
		}
		if text := strings.Join(report, "\n"); !strings.Contains(text, file) {
			t.Errorf("the report does not say where a driver was looked for:\n%s", text)
		}
		if _, err := open(0, gpu.Options{}); !errors.Is(err, gpu.ErrNoDevice) {
			t.Errorf("open: %v", err)
		}
	}
}

// TestNoLoader runs this test again in a process that cannot find the Vulkan library.
func TestNoLoader(t *testing.T) {
	const name = "/no/such/libvulkan.so.1"
	if os.Getenv("SPECTRAL_VULKAN_LIBRARY") != name {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNoLoader$")
		cmd.Env = append(os.Environ(), "SPECTRAL_VULKAN_LIBRARY="+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	devices, report, err := backend{}.Devices()
	if !errors.Is(err, gpu.ErrNoDevice) || len(devices) > 0 {
		t.Errorf("devices %v, error %v", devices, err)
	}
	if text := strings.Join(report, "\n"); !strings.Contains(text, name) {
		t.Errorf("report %q", text)
	}
	if _, err := open(0, gpu.Options{}); !errors.Is(err, gpu.ErrNoDevice) {
		t.Errorf("open: %v", err)
	}
}

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

// TestDeviceInfo: what the listing says about the device is filled.
func TestDeviceInfo(t *testing.T) {
	needDevice(t)
	devices, report, err := backend{}.Devices()
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range devices {
		if d.Index != i || d.Executor != "vulkan" || d.Name == "" || d.Kind == "" || d.Driver == "" || !strings.HasPrefix(d.API, "Vulkan 1.") ||
			d.UUID == "" || d.Memory <= 0 || d.Shared < 16<<10 || d.Invocation < 128 {
			t.Errorf("device %d: %+v", i, d)
		}
	}
	t.Logf("%+v\n%s", devices, strings.Join(report, "\n"))
}
