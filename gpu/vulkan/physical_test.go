//go:build cgo

package vulkan

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

// listedCard is an imaginary device: what its driver is called, and what tells cards apart.
type listedCard struct {
	name, driver   string
	driverID       uint32
	vendor, device uint32
	uuid, luid     byte // 0 for none
}

func (c listedCard) physical(t *testing.T) physical {
	t.Helper()
	n := &platform.Physical{
		Name: c.name, Type: discreteDevice, DriverID: c.driverID, DriverName: c.driver, Vendor: c.vendor, Device: c.device, API: 1<<22 | 1<<12,
		DeviceUUID: [16]byte{15: c.uuid}, LUID: [8]byte{c.luid}, HasLUID: c.luid != 0,
		Limits: platform.Limits{Invocations: 1024, SharedBytes: 32 << 10, PushBytes: 256, StorageBuffers: 64,
			Groups: [3]uint32{65535, 65535, 65535}, Local: [3]uint32{1024, 1024, 64}},
		Memory: stagingTypes, Heaps: stagingHeaps, Families: []platform.Family{{Flags: platform.Compute, Count: 1}},
	}
	p, err := describe(n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOneEntryPerCard: a card that is listed through two drivers is one entry, the native driver's, and the report names the other.
func TestOneEntryPerCard(t *testing.T) {
	const amd, nvidia, radv, geforce = 0x1002, 0x10de, 3, 4
	native := listedCard{"GeForce RTX 3070", "NVIDIA", geforce, nvidia, 0x2484, 1, 0}
	dozen := listedCard{"Microsoft Direct3D12 (GeForce RTX 3070)", "Dozen", driverDozen, nvidia, 0x2484, 7, 0}
	with := func(c listedCard, uuid, luid byte) listedCard { c.uuid, c.luid = uuid, luid; return c }
	radeon := listedCard{"Radeon RX 6400", "radv", radv, amd, 0x743f, 2, 0}
	amdvlk := listedCard{"AMD Radeon RX 6400", "AMD open-source driver", 2, amd, 0x743f, 2, 0}
	old := listedCard{"old card", "old driver", 0, nvidia, 0x0001, 0, 0} // of Vulkan 1.0
	for _, c := range []struct {
		name string
		list []listedCard
		want []string // drivers of what is left
		left []string // in the report
	}{
		{"two cards", []listedCard{native, radeon}, []string{"NVIDIA", "radv"}, nil},
		{"two equal cards", []listedCard{native, with(native, 3, 0)}, []string{"NVIDIA", "NVIDIA"}, nil},
		{"Direct3D first", []listedCard{dozen, native}, []string{"NVIDIA"}, []string{"Direct3D12"}},
		{"Direct3D last", []listedCard{native, radeon, dozen}, []string{"NVIDIA", "radv"}, []string{"Direct3D12"}},
		{"Direct3D alone", []listedCard{dozen}, []string{"Dozen"}, nil},
		{"Direct3D beside another card", []listedCard{dozen, radeon}, []string{"Dozen", "radv"}, nil},
		{"two equal cards on Windows, each twice", []listedCard{with(dozen, 7, 1), with(dozen, 7, 2), with(native, 1, 1), with(native, 3, 2)}, []string{"NVIDIA", "NVIDIA"},
			[]string{"Direct3D12", "Direct3D12"}},
		{"two equal cards through Direct3D alone", []listedCard{with(dozen, 7, 1), with(dozen, 7, 2)}, []string{"Dozen", "Dozen"}, nil},
		{"two native drivers of a card", []listedCard{radeon, amdvlk}, []string{"radv"}, []string{"AMD Radeon RX 6400"}},
		{"two manifests of a driver", []listedCard{radeon, radeon}, []string{"radv"}, []string{"listed twice"}},
		{"cards without a UUID", []listedCard{old, old}, []string{"old driver", "old driver"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var list []physical
			for _, one := range c.list {
				list = append(list, one.physical(t))
			}
			kept, report := distinct(list)
			var got []string
			for _, p := range kept {
				got = append(got, p.DriverName)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("left are %q, want %q", got, c.want)
			}
			if len(report) != len(c.left) {
				t.Fatalf("report %q, want %d lines", report, len(c.left))
			}
			for i, want := range c.left {
				if !strings.Contains(report[i], want) {
					t.Errorf("report %q does not name %q", report[i], want)
				}
			}
		})
	}
}

// TestLoopBound: loops are bounded on the versions of Mesa that bound them, and on those that nobody tried.
func TestLoopBound(t *testing.T) {
	const lavapipe, none = driverLavapipe, 1 << 30
	for _, c := range []struct {
		driver string
		id     uint32
		want   int
	}{
		{"llvmpipe Mesa 22.3.6 (LLVM 15.0.6)", lavapipe, 65_000}, {"llvmpipe Mesa 25.0.7-2 (LLVM 19.1.7)", lavapipe, 65_000}, {"llvmpipe", lavapipe, 65_000},
		{"llvmpipe Mesa 26.2.6-1 (LLVM 22.1.8)", lavapipe, none}, {"llvmpipe Mesa 100.0.1", lavapipe, none}, {"radv Mesa 22.3.6", 3, none},
	} {
		p := physical{Physical: &platform.Physical{DriverID: c.id}}
		p.info.Driver = c.driver
		p.limits.MaxLoop = none
		quirksOf(&p).apply(&p)
		if p.limits.MaxLoop != c.want {
			t.Errorf("%s: %d iterations, want %d", c.driver, p.limits.MaxLoop, c.want)
		}
	}
}

// TestLoopsGoOn runs loops for as many iterations as the device is said to go around at once, up to a hundred thousand.
func TestLoopsGoOn(t *testing.T) {
	d := testExecutor(t, gpu.Options{})
	const turn = 16 // rounds an iteration of accumulate.comp
	rounds := turn * min(d.limits.MaxLoop, 100_000)
	d.limits.MaxLoop = 1 << 30 // one launch, whatever it was
	dev := gpu.NewDevice(d)
	x, y := newOperand(t, dev, "X", 1, 64, tight), newOperand(t, dev, "Y", 1, 64, tight)
	x.set(make([]float32, 64))
	runOps(t, dev, gpu.Accumulate{Y: y.View, X: x.View, A: 1, B: 1, Rounds: rounds})
	for i, v := range y.get() {
		if v != float32(rounds) {
			t.Fatalf("element %d of a sum of %d ones is %v", i, rounds, v)
		}
	}
}
