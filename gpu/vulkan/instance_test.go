//go:build cgo && linux

package vulkan

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// TestOneInstance opens and closes devices with a loader that refuses the third instance: all of them share one, and those with the
// validation layer another.
func TestOneInstance(t *testing.T) {
	needDevice(t)
	loader := filepath.Join(t.TempDir(), "libcounting.so")
	if os.Getenv("COUNTED_LOADER") == "" { // in the first of the two processes
		compiler := os.Getenv("CC")
		if compiler == "" {
			compiler = "cc"
		}
		if out, err := exec.Command(compiler, "-shared", "-fPIC", "-o", loader, "testdata/counting_loader.c", "-ldl").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if !inOwnProcess(t, "SPECTRAL_VULKAN_LIBRARY="+loader, "COUNTED_LOADER=libvulkan.so.1") {
		return
	}
	for i := range 200 {
		d, err := open(0, gpu.Options{CacheDir: "off", Validate: i%20 == 10})
		if err != nil {
			t.Fatalf("open %d: %v", i, err)
		}
		if err := d.Close(); err != nil {
			t.Fatalf("close %d: %v", i, err)
		}
		if list, _, err := (backend{}).Devices(); err != nil || len(list) == 0 {
			t.Fatalf("list %d: %v, %v", i, list, err)
		}
	}
}

// TestMessagesOfTwoDevices: what the validation layer says during a call on one device is not another one's.
func TestMessagesOfTwoDevices(t *testing.T) {
	good := testExecutor(t, gpu.Options{Validate: true})
	bad, err := open(0, gpu.Options{Validate: true, CacheDir: "off"})
	if err != nil {
		t.Fatal(err)
	}
	bad.dropBarriers = true
	dev := gpu.NewDevice(bad)
	b, c := newBuffer(t, dev, "b", 64, gpu.DeviceOnly), newBuffer(t, dev, "c", 64, gpu.DeviceOnly)
	p := mustCompile(t, bad, gpu.Fill{Y: b.All(), Value: 1}, gpu.Copy{Y: c.All(), X: b.All()})
	if r := bad.vk.Run(p.(*program).subs[0].native); r != platform.Success {
		t.Fatal(r)
	}
	good.collect()
	if err := good.messages.all(); err != nil {
		t.Errorf("the other device's message: %v", err)
	}
	p.Close()
	b.Close()
	c.Close()
	if err := dev.Close(); err == nil {
		t.Error("the layer said nothing")
	}
}
