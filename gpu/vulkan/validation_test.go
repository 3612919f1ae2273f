//go:build cgo

package vulkan

import (
	"errors"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// TestValidationNoticesMissingBarrier proves that the tests which demand silence of the validation layer would hear it.
func TestValidationNoticesMissingBarrier(t *testing.T) {
	needDevice(t)
	var heard []gpu.Message
	d, err := open(0, gpu.Options{Validate: true, CacheDir: "off", OnMessage: func(m gpu.Message) { heard = append(heard, m) }})
	if err != nil {
		t.Fatal(err)
	}
	d.dropBarriers = true
	dev := gpu.NewDevice(d)
	b, c := newBuffer(t, dev, "b", 64, gpu.DeviceOnly), newBuffer(t, dev, "c", 64, gpu.DeviceOnly)
	p, err := dev.Compile("race", gpu.Fill{Y: b.All(), Value: 1}, gpu.Copy{Y: c.All(), X: b.All()})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); !errors.Is(err, gpu.ErrValidation) || !strings.Contains(err.Error(), "SYNC-HAZARD-READ-AFTER-WRITE") {
		t.Errorf("Run returned %v, want a read-after-write hazard", err)
	}
	if len(heard) == 0 || heard[0].Severity != "error" || heard[0].ID != "SYNC-HAZARD-READ-AFTER-WRITE" {
		t.Errorf("OnMessage heard %v", heard)
	}
	p.Close()
	b.Close()
	c.Close()
	if err := dev.Close(); !errors.Is(err, gpu.ErrValidation) {
		t.Errorf("Close returned %v, want what the layer said", err)
	}
}

// TestBarriersAreDerived: one barrier where a dispatch depends on another, none where it does not.
func TestBarriersAreDerived(t *testing.T) {
	d := testDevice(t, gpu.Options{Validate: true})
	b, c := newBuffer(t, d, "b", 1024, gpu.DeviceOnly), newBuffer(t, d, "c", 1024, gpu.DeviceOnly)
	base := compile(t, d, gpu.CompileOptions{}).Stats().Barriers
	cases := []struct {
		name string
		want int
		ops  []gpu.Op
	}{
		{"one", 0, []gpu.Op{gpu.Fill{Y: b.All()}}},
		{"apart", 0, []gpu.Op{gpu.Fill{Y: b.All()}, gpu.Fill{Y: c.All()}}},
		{"two ranges of a buffer", 0, []gpu.Op{gpu.Fill{Y: b.View(0, 1, 128)}, gpu.Fill{Y: b.View(512, 1, 128)}}},
		{"write after write", 1, []gpu.Op{gpu.Fill{Y: b.All()}, gpu.Fill{Y: b.View(1000, 1, 1)}}},
		{"read after write", 1, []gpu.Op{gpu.Fill{Y: b.All()}, gpu.Copy{Y: c.All(), X: b.All()}}},
		{"write after read", 1, []gpu.Op{gpu.Copy{Y: c.All(), X: b.All()}, gpu.Fill{Y: b.All()}}},
		{"one barrier for two", 1, []gpu.Op{gpu.Fill{Y: b.View(0, 1, 512)}, gpu.Fill{Y: b.View(512, 1, 512)},
			gpu.Copy{Y: c.View(0, 1, 512), X: b.View(512, 1, 512)}, gpu.Copy{Y: c.View(512, 1, 512), X: b.View(0, 1, 512)}}},
		{"words that share a descriptor's alignment", 1, []gpu.Op{gpu.Fill{Y: b.View(0, 1, 1)}, gpu.Fill{Y: b.View(1, 1, 1)}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, d, gpu.CompileOptions{Name: c.name}, c.ops...)
			run(t, p)
			if got := p.Stats().Barriers - base; got != c.want {
				t.Errorf("%d barriers, want %d", got, c.want)
			}
		})
	}
}

// TestValidationLayerMissing: asking for validation where the layer is not installed says so.
func TestValidationLayerMissing(t *testing.T) {
	needDevice(t)
	dir := t.TempDir()
	if !inOwnProcess(t, "VK_LAYER_PATH="+dir, "VK_ADD_LAYER_PATH="+dir) {
		return
	}
	if _, err := open(0, gpu.Options{Validate: true, CacheDir: "off"}); !errors.Is(err, gpu.ErrUnsupported) || !strings.Contains(err.Error(), "validation") {
		t.Errorf("got %v", err)
	}
}
