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

// inOwnProcess runs the calling test again in a process that has no Vulkan instance yet, with more in its environment, and tells
// whether this is that process.
func inOwnProcess(t *testing.T, env ...string) bool {
	t.Helper()
	const mark = "SPECTRAL_TEST_OWN_PROCESS"
	if os.Getenv(mark) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(append(os.Environ(), mark+"="+t.Name()), env...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// TestNoDriver: without a driver there is a report and an error, and nothing crashes.
func TestNoDriver(t *testing.T) {
	if !inOwnProcess(t) {
		return
	}
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
	if !inOwnProcess(t, "SPECTRAL_VULKAN_LIBRARY="+name) {
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
