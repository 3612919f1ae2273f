//go:build cgo

package vulkan

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// shared are the devices that tests of operations have in common, by their limits. Opening one takes a tenth of a second on some
// cards, and its compiled kernels are the larger part of a test's time on a software driver.
var shared struct {
	sync.Mutex
	devices map[string]*device
}

// lent is a shared device in the hands of one test: closing it leaves it open.
type lent struct{ *device }

// Close implements gpu.Executor. What the validation layer said meanwhile is its error.
func (l lent) Close() error {
	l.collect()
	l.deliver()
	return l.messages.takeFresh()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for limits, d := range shared.devices {
		if err := d.Close(); err != nil {
			fmt.Fprintf(os.Stderr, "close the device that tests share with limits %s: %v\n", limits, err)
			code = 1
		}
	}
	os.Exit(code)
}

// deviceFor returns the Vulkan device for a test, which fails if it leaves something open or the validation layer complains.
// SPECTRAL_REQUIRE_GPU=1 makes a missing device a failure.
func deviceFor(t testing.TB) *gpu.Device {
	t.Helper()
	return limitedDevice(t, func(*limits) {})
}

// limitedDevice is deviceFor with changed limits.
func limitedDevice(t testing.TB, change func(*limits)) *gpu.Device {
	t.Helper()
	needDevice(t)
	dev := gpu.NewDevice(lent{sharedDevice(t, change)})
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

// firstDevice returns the first device of the system, which is not open.
func firstDevice(t testing.TB, validate bool) physical {
	t.Helper()
	inst, _, err := platform.Open(validate)
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := devices(inst)
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func sharedDevice(t testing.TB, change func(*limits)) *device {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	p := firstDevice(t, os.Getenv("SPECTRAL_VALIDATE") == "1")
	change(&p.limits)
	key := fmt.Sprintf("%+v", p.limits)
	if d := shared.devices[key]; d != nil {
		return d
	}
	d, err := openDevice(p, gpu.Options{CacheDir: "off", Validate: os.Getenv("SPECTRAL_VALIDATE") == "1"}, hooks{})
	if err != nil {
		t.Fatal(err)
	}
	if shared.devices == nil {
		shared.devices = map[string]*device{}
	}
	shared.devices[key] = d
	return d
}
