package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestList: the CPU executor is always there; where there is no Vulkan device the report says what was looked for.
func TestList(t *testing.T) {
	l := gpu.List()
	kinds := map[string]int{}
	for i, d := range l.Devices {
		kinds[d.Executor]++
		if d.Index != i {
			t.Errorf("device %d has index %d", i, d.Index)
		}
		dev, err := gpu.Choice{Info: d}.Open(gpu.Options{CacheDir: "off"})
		if err != nil {
			t.Errorf("open %s: %v", d.Name, err)
			continue
		}
		if dev.Info().Name != d.Name {
			t.Errorf("opened %s instead of %s", dev.Info().Name, d.Name)
		}
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}
	if kinds["cpu"] != 1 {
		t.Errorf("%d CPU executors", kinds["cpu"])
	}
	if kinds["vulkan"] == 0 {
		text := strings.Join(l.Report, "\n")
		if os.Getenv("SPECTRAL_REQUIRE_GPU") == "1" {
			t.Error("no Vulkan device:\n" + text)
		}
		t.Log(text)
	}
}
