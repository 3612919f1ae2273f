//go:build cgo

package vulkan

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// fullHeaps opens the first device with the memory of another one.
func fullHeaps(t *testing.T, profileName string, types []platform.MemoryType, heaps []platform.Heap) (d *device, messages *[]string) {
	t.Helper()
	needDevice(t)
	validate := os.Getenv("SPECTRAL_VALIDATE") == "1"
	inst, _, err := platform.Open(validate)
	if err != nil {
		t.Fatal(err)
	}
	native, _, err := inst.Devices()
	if err != nil {
		t.Fatal(err)
	}
	pr := profiles[slices.IndexFunc(profiles, func(p profile) bool { return p.name == profileName })]
	pr.memory, pr.heaps = types, heaps
	p, err := pr.force(native[0])
	if err != nil {
		t.Fatal(err)
	}
	messages = new([]string)
	d, err = openDevice(p, gpu.Options{CacheDir: "off", Validate: validate, OnMessage: func(m gpu.Message) { *messages = append(*messages, m.Text) }}, hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return d, messages
}

// TestFullHeap fills the heaps of a device one after the other. Where one is full the next serves, kernels and the host reach what lies in it, and when all
// are full the error names the first; what is freed is used again.
func TestFullHeap(t *testing.T) {
	const mib = 1 << 20
	const words = 4 * mib / 4 // of a buffer
	for _, c := range []struct {
		name, profile string
		types         []platform.MemoryType
		heaps         []platform.Heap
		usage         gpu.Usage
		unified       bool
		order         []uint32 // in which the heaps are taken
		warnings      int      // one for each heap that serves in place of another
	}{
		{"APU, window after the device's own", "amd-apu", apuTypes, []platform.Heap{{Size: 24 * mib, DeviceLocal: true}, {Size: 64 * mib}, {Size: 8 * mib, DeviceLocal: true}},
			gpu.DeviceOnly, false, []uint32{0, 2, 1}, 2},
		{"APU, full window", "amd-apu", apuTypes, []platform.Heap{{Size: 24 * mib, DeviceLocal: true}, {Size: 64 * mib}, {Size: 1 * mib, DeviceLocal: true}},
			gpu.DeviceOnly, false, []uint32{0, 1}, 1},
		{"APU, results for the host", "amd-apu", apuTypes, []platform.Heap{{Size: 64 * mib, DeviceLocal: true}, {Size: 24 * mib}, {Size: 8 * mib, DeviceLocal: true}},
			gpu.DeviceToHost, false, []uint32{0}, 1},
		{"discrete card", "nvidia", stagingTypes, []platform.Heap{{Size: 16 * mib, DeviceLocal: true}, {Size: 32 * mib}}, gpu.DeviceOnly, false, []uint32{0, 1}, 1},
		{"unified with memory of the host's", "intel", []platform.MemoryType{{Flags: bothSee}, {Flags: hostCached, Heap: 1}},
			[]platform.Heap{{Size: 16 * mib, DeviceLocal: true}, {Size: 16 * mib}}, gpu.HostToDevice, true, []uint32{0, 1}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, messages := fullHeaps(t, c.profile, c.types, c.heaps)
			if d.info.Unified != c.unified {
				t.Fatalf("unified %t", d.info.Unified)
			}
			dev := gpu.NewDevice(d)
			var list []*gpu.Buffer
			var order []uint32
			var full error
			for range 64 {
				b, err := dev.NewBuffer("states", words, c.usage)
				if err != nil {
					full = err
					break
				}
				list = append(list, b)
				if heap := heapOf(b); len(order) == 0 || order[len(order)-1] != heap {
					order = append(order, heap)
				}
			}
			if !slices.Equal(order, c.order) {
				t.Errorf("heaps are taken in the order %d, want %d", order, c.order)
			}
			if !errors.Is(full, gpu.ErrOutOfMemory) || !strings.Contains(full.Error(), "heap") {
				t.Errorf("with %d buffers: %v", len(list), full)
			}
			if said := strings.Join(*messages, "\n"); len(c.order) > 1 && !strings.Contains(said, "heap 0 is full") {
				t.Errorf("messages %q", said)
			}
			if warnings := strings.Count(strings.Join(*messages, "\n"), "is full"); warnings != c.warnings {
				t.Errorf("%d warnings of full heaps, want %d: %q", warnings, c.warnings, *messages)
			}
			writeThrough(t, dev, list)
			first := heapOf(list[0])
			list[0].Close()
			again, err := dev.NewBuffer("again", words, c.usage)
			if err != nil || heapOf(again) != first {
				t.Errorf("what was freed is not used again: %v", err)
			}
			if err == nil {
				again.Close()
			}
			for _, b := range list[1:] {
				b.Close()
			}
			if err := dev.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func heapOf(b *gpu.Buffer) uint32 { return b.Memory().(*memory).device.block.pool.heap }

// writeThrough lets a kernel pass numbers from each buffer to the next, the host having written the first, and reads them all.
func writeThrough(t *testing.T, dev *gpu.Device, list []*gpu.Buffer) {
	t.Helper()
	const n = 1000
	var ops []gpu.Op
	for i := 1; i < len(list); i++ {
		ops = append(ops, gpu.Copy{Y: list[i].View(0, 1, n), X: list[i-1].View(0, 1, n)})
	}
	want := count(7, n)
	if err := list[0].Write(0, want); err != nil {
		t.Fatal(err)
	}
	p := compile(t, dev, gpu.CompileOptions{}, ops...)
	run(t, p)
	p.Close()
	for i, b := range list {
		got := make([]float32, n)
		if err := b.Read(0, got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("buffer %d in heap %d holds %v…, want %v…", i, heapOf(b), got[:4], want[:4])
		}
	}
}
