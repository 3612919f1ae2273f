//go:build cgo

package vulkan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// TestFreeList takes and gives at random: pieces never overlap, free extents are sorted, apart and add up, and at the end all
// is one piece again.
func TestFreeList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 1000
		free := freeList{{0, size}}
		var taken []extent
		used := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(taken) > 0 && rapid.Bool().Draw(t, "give") {
				i := rapid.IntRange(0, len(taken)-1).Draw(t, "which")
				free.give(taken[i])
				used -= taken[i].size
				taken = slices.Delete(taken, i, i+1)
			} else {
				n := int64(rapid.IntRange(1, 300).Draw(t, "size"))
				off, ok := free.take(n)
				if !ok {
					if slices.ContainsFunc(free, func(e extent) bool { return e.size >= n }) {
						t.Fatalf("no %d bytes in %v", n, free)
					}
					continue
				}
				for _, e := range taken {
					if off < e.off+e.size && e.off < off+n {
						t.Fatalf("%d+%d overlaps %v", off, n, e)
					}
				}
				taken = append(taken, extent{off, n})
				used += n
			}
			total, end := int64(0), int64(-1)
			for _, e := range free {
				if e.off <= end || e.size <= 0 || e.off+e.size > size {
					t.Fatalf("free extents %v", free)
				}
				end = e.off + e.size
				total += e.size
			}
			if total+used != size {
				t.Fatalf("%d free and %d used of %d", total, used, size)
			}
		}
		for _, e := range taken {
			free.give(e)
		}
		if !slices.Equal(free, freeList{{0, size}}) {
			t.Fatalf("after all: %v", free)
		}
	})
}

// TestBlocks: small buffers share a block, large ones have their own, and memory goes back to the driver.
func TestBlocks(t *testing.T) {
	d := testExecutor(t, gpu.Options{Validate: true})
	dev := gpu.NewDevice(d)
	p := d.pools[deviceMemory]
	before := len(p.blocks)
	var small []*gpu.Buffer
	for range 1000 {
		small = append(small, newBuffer(t, dev, "small", 100, gpu.DeviceOnly))
	}
	if len(p.blocks) != before {
		t.Errorf("1,000 small buffers took %d blocks more", len(p.blocks)-before)
	}
	large := newBuffer(t, dev, "large", largestBlock/4+1000, gpu.DeviceOnly)
	if n := len(p.blocks); n != before+1 || p.blocks[n-1].size != largestBlock+4*1000+memoryAlign-4000%memoryAlign {
		t.Errorf("a large buffer: %d blocks, the last of %d bytes", n, p.blocks[n-1].size)
	}
	large.Close()
	for _, b := range small {
		b.Close()
	}
	if len(p.blocks) != before {
		t.Errorf("%d blocks after everything is closed, %d before", len(p.blocks), before)
	}
	bytes := p.bytes
	for range 300 { // grows by doubling, not block by block
		small = append(small, newBuffer(t, dev, "medium", 1<<18, gpu.DeviceOnly))
	}
	if n := len(p.blocks); n > 12 {
		t.Errorf("300 MiB in %d blocks", n)
	}
	for _, b := range small {
		b.Close()
	}
	if len(p.blocks) > 3 || p.bytes > bytes+largestBlock {
		t.Errorf("%d blocks of %d bytes are left", len(p.blocks), p.bytes)
	}
}

// TestMemoryType picks types of imaginary devices.
func TestMemoryType(t *testing.T) {
	const dl, hv, hc, hca = memoryDeviceLocal, memoryHostVisible, memoryHostCoherent, memoryHostCached
	discrete := []platform.MemoryType{{Flags: dl, Heap: 0}, {Flags: hv | hc, Heap: 1}, {Flags: dl | hv | hc, Heap: 2}, {Flags: hv | hc | hca, Heap: 1}, {Flags: dl | 0x40, Heap: 0}}
	phone := []platform.MemoryType{{Flags: dl | hv | hc, Heap: 0}, {Flags: dl | hv | hca, Heap: 0}, {Flags: dl, Heap: 0}}
	cases := []struct {
		name                         string
		types                        []platform.MemoryType
		bits                         uint32
		required, preferred, avoided uint32
		want                         uint32
		ok                           bool
	}{
		{"discrete device", discrete, ^uint32(0), dl, 0, hv, 0, true},
		{"discrete upload", discrete, ^uint32(0), hv, hc, dl | hca, 1, true},
		{"discrete download", discrete, ^uint32(0), hv, hca | hc, dl, 3, true},
		{"only the window", discrete, 1 << 2, dl, 0, hv, 2, true},
		{"none", discrete, 1 << 1, dl, 0, 0, 0, false},
		{"phone shared", phone, ^uint32(0), dl | hv, hc | hca, 0, 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			types := slices.Clone(c.types)
			for i := range types {
				types[i].Index = uint32(i)
			}
			p := physical{Physical: &platform.Physical{Memory: types, Heaps: []platform.Heap{{Size: 8 << 30}, {Size: 16 << 30}, {Size: 1 << 28}}}}
			got, ok := p.chooseType(c.bits, c.required, c.preferred, c.avoided)
			if ok != c.ok || ok && got != c.want {
				t.Errorf("type %d, %v, want %d, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

// TestDescribe looks at what is made of imaginary devices.
func TestDescribe(t *testing.T) {
	const dl, both, hv = memoryDeviceLocal, memoryDeviceLocal | memoryHostVisible, memoryHostVisible
	heaps := func(sizes ...int64) (list []platform.Heap) {
		for i, s := range sizes {
			list = append(list, platform.Heap{Size: s, DeviceLocal: i != 1})
		}
		return list
	}
	enough := platform.Limits{Invocations: 1024, SharedBytes: 32 << 10, PushBytes: 256, StorageBuffers: 64,
		Groups: [3]uint32{65535, 65535, 65535}, Local: [3]uint32{1024, 1024, 64}}
	for _, c := range []struct {
		name    string
		device  uint32
		driver  uint32
		types   []platform.MemoryType
		heaps   []platform.Heap
		unified bool
		kind    gpu.Kind
	}{
		{"APU with a window", integratedDevice, 1, []platform.MemoryType{{Flags: dl}, {Flags: hv, Heap: 1}, {Flags: both, Heap: 2}}, heaps(4<<30, 12<<30, 256<<20), false, gpu.IntegratedGPU},
		{"one heap", integratedDevice, 5, []platform.MemoryType{{Flags: both}}, heaps(16 << 30), true, gpu.IntegratedGPU},
		{"card with all of it visible", discreteDevice, 4, []platform.MemoryType{{Flags: both}}, heaps(8 << 30), false, gpu.DiscreteGPU},
		{"Direct3D 12", discreteDevice, driverDozen, []platform.MemoryType{{Flags: dl}, {Flags: hv, Heap: 1}}, heaps(8<<30, 16<<30), false, gpu.VirtualGPU},
	} {
		p, err := describe(&platform.Physical{Name: c.name, Type: c.device, DriverID: c.driver, Limits: enough, Memory: c.types, Heaps: c.heaps,
			Families: []platform.Family{{Flags: platform.Compute, Count: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		if p.info.Unified != c.unified || p.info.Kind != c.kind {
			t.Errorf("%s: unified %t, kind %s", c.name, p.info.Unified, p.info.Kind)
		}
	}
	if _, err := describe(&platform.Physical{Name: "no queue"}); err == nil {
		t.Error("a device without a queue is described")
	}
}
