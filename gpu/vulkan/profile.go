//go:build cgo

package vulkan

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// ProfileVariable names the variable that lets devices describe themselves as others do, to see here how the engine gets on with what nobody
// here owns.
const ProfileVariable = "SPECTRAL_PROFILE"

// profile is what a kind of devices says about itself. Limits stay the host's where those are less.
type profile struct {
	name                     string
	kind                     uint32 // VkPhysicalDeviceType
	invocations              int
	local                    [3]uint32
	shared, push, buffers    int
	storageRange, allocation int64
	align                    int64
	noTicks                  bool
	memory                   []platform.MemoryType // of the heaps below
	heaps                    []platform.Heap
	units                    int                                      // multiprocessors, 0 for unknown
	rate                     float64                                  // flop/s, 0 for what the host's device does
	refuses                  func(k *shaders.Kernel, s []uint32) bool // pipelines that the driver does not make; nil for none
	comment                  string
}

const (
	deviceOnly = platform.DeviceLocal
	hostMemory = platform.HostVisible | platform.HostCoherent
	hostCached = hostMemory | platform.HostCached
	bothSee    = platform.DeviceLocal | hostMemory
	gib        = int64(1) << 30
)

// The memory of discrete devices, and of integrated ones that show the host all of it.
var (
	stagingTypes = []platform.MemoryType{{Flags: deviceOnly}, {Flags: hostMemory, Heap: 1}, {Flags: hostCached, Heap: 1}}
	stagingHeaps = []platform.Heap{{Size: 8 * gib, DeviceLocal: true}, {Size: 16 * gib}}
	unifiedTypes = []platform.MemoryType{{Flags: bothSee}, {Flags: bothSee | platform.HostCached}}
	oneType      = []platform.MemoryType{{Flags: bothSee}}
	unifiedHeaps = []platform.Heap{{Size: 8 * gib, DeviceLocal: true}}
	apuTypes     = []platform.MemoryType{{Flags: deviceOnly}, {Flags: hostMemory, Heap: 1}, {Flags: hostCached, Heap: 1}, {Flags: bothSee, Heap: 2}}
	apuHeaps     = []platform.Heap{{Size: 4 * gib, DeviceLocal: true}, {Size: 12 * gib}, {Size: gib / 4, DeviceLocal: true}}
)

// profiles are devices that people own. Numbers are those that the drivers' sources and public reports give where there are any, else plausible.
var profiles = []profile{
	{name: "least", kind: integratedDevice, invocations: 128, local: [3]uint32{128, 128, 64}, shared: 16 << 10, push: 128, buffers: 4, storageRange: 1 << 27,
		allocation: gib, align: 256, memory: oneType, heaps: unifiedHeaps, comment: "the least that the specification requires"},
	{name: "v3d-old", kind: integratedDevice, invocations: 256, local: [3]uint32{256, 256, 256}, shared: 16 << 10, push: 128, buffers: 30, storageRange: gib,
		allocation: gib, align: 32, memory: oneType, heaps: unifiedHeaps, rate: 80e9, comment: "Raspberry Pi 4 and 5 before Mesa 24.3"},
	{name: "v3d", kind: integratedDevice, invocations: 256, local: [3]uint32{256, 256, 256}, shared: 32 << 10, push: 128, buffers: 30, storageRange: gib,
		allocation: gib, align: 32, memory: oneType, heaps: unifiedHeaps, rate: 80e9, comment: "Raspberry Pi 4 and 5"},
	{name: "swiftshader", kind: integratedDevice, invocations: 256, local: [3]uint32{256, 256, 64}, shared: 32 << 10, push: 128, buffers: 30, storageRange: gib,
		allocation: gib, align: 256, memory: oneType, heaps: unifiedHeaps, comment: "SwiftShader's limits on a graphics processor"},
	{name: "mali", kind: integratedDevice, invocations: 384, local: [3]uint32{384, 384, 384}, shared: 32 << 10, push: 256, buffers: 35, storageRange: 1<<32 - 1,
		allocation: 1 << 31, align: 64, noTicks: true, memory: unifiedTypes, heaps: unifiedHeaps, comment: "Arm Mali under PanVK"},
	{name: "adreno", kind: integratedDevice, invocations: 1024, local: [3]uint32{1024, 1024, 1024}, shared: 32 << 10, push: 128, buffers: 64, storageRange: 1 << 27,
		allocation: 1<<32 - 1, align: 64, memory: unifiedTypes, heaps: unifiedHeaps, refuses: manyRegisters, comment: "Qualcomm Adreno under Turnip"},
	{name: "dzn", kind: discreteDevice, invocations: 1024, local: [3]uint32{1024, 1024, 64}, shared: 32 << 10, push: 128, buffers: 64, storageRange: 1 << 27,
		allocation: 1 << 31, align: 16, memory: stagingTypes, heaps: stagingHeaps, comment: "Vulkan on Direct3D 12"},
	{name: "moltenvk", kind: integratedDevice, invocations: 1024, local: [3]uint32{1024, 1024, 1024}, shared: 32 << 10, push: 4096, buffers: 31, storageRange: 1<<32 - 1,
		allocation: 1 << 33, align: 16, noTicks: true, memory: unifiedTypes, heaps: unifiedHeaps, comment: "Apple under MoltenVK"},
	{name: "intel", kind: integratedDevice, invocations: 1024, local: [3]uint32{1024, 1024, 1024}, shared: 64 << 10, push: 128, buffers: 64, storageRange: gib,
		allocation: 1 << 32, align: 64, memory: unifiedTypes, heaps: unifiedHeaps, comment: "Intel under ANV"},
	{name: "amd-apu", kind: integratedDevice, invocations: 1024, local: [3]uint32{1024, 1024, 1024}, shared: 32 << 10, push: 128, buffers: 64, storageRange: 1<<32 - 1,
		allocation: 1 << 31, align: 16, memory: apuTypes, heaps: apuHeaps, comment: "AMD's integrated graphics on Windows"},
	{name: "nvidia", kind: discreteDevice, invocations: 1024, local: [3]uint32{1024, 1024, 64}, shared: 48 << 10, push: 256, buffers: 64, storageRange: 1<<32 - 1,
		allocation: 1<<32 - 2<<20, align: 16, memory: stagingTypes, heaps: stagingHeaps, comment: "NVIDIA GeForce"},
	{name: "nvidia-h200", kind: discreteDevice, invocations: 1024, local: [3]uint32{1024, 1024, 64}, shared: 48 << 10, push: 256, buffers: 64, storageRange: 1<<32 - 1,
		allocation: 1<<32 - 2<<20, align: 16, memory: stagingTypes, heaps: stagingHeaps, units: 132, comment: "NVIDIA H200"},
}

// manyRegisters tells whether a pipeline is of those that drivers with few registers refuse: work groups of more than 512 invocations, and
// tiles that keep much in registers.
func manyRegisters(k *shaders.Kernel, spec []uint32) bool {
	local := k.LocalSizeFor(spec)
	if local[0]*local[1]*local[2] > 512 {
		return true
	}
	for i, c := range k.Spec {
		if (c.Name == "KEEP" && spec[i] != 0) || (k.Name == "gemm" && c.Name == "TM" && spec[i] > 4) {
			return true
		}
	}
	return false
}

// forcedProfile returns the profile that is asked for, nil for none.
func forcedProfile() (*profile, error) {
	name := os.Getenv(ProfileVariable)
	if name == "" {
		return nil, nil
	}
	if i := slices.IndexFunc(profiles, func(p profile) bool { return p.name == name }); i >= 0 {
		return &profiles[i], nil
	}
	return nil, &gpu.Error{Op: ProfileVariable, Kind: gpu.ErrNoDevice, Msg: fmt.Sprintf("no profile of limits is called %q; there are %s", name, strings.Join(Profiles(), ", "))}
}

// Profiles names the profiles of limits that SPECTRAL_PROFILE takes.
func Profiles() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.name
	}
	return names
}

// force returns the device as the profile describes it. What the host's driver gets wrong stays so.
func (pr *profile) force(native *platform.Physical) (physical, error) {
	host, err := describe(native)
	if err != nil {
		return host, err
	}
	n := *native
	lim := &n.Limits
	lim.Invocations = min(lim.Invocations, pr.invocations)
	for i := range lim.Local {
		lim.Local[i] = min(lim.Local[i], pr.local[i])
	}
	lim.SharedBytes, lim.PushBytes = min(lim.SharedBytes, pr.shared), min(lim.PushBytes, pr.push)
	lim.StorageBuffers, lim.StorageRange = min(lim.StorageBuffers, pr.buffers), min(lim.StorageRange, pr.storageRange)
	if lim.Allocation == 0 || lim.Allocation > pr.allocation {
		lim.Allocation = pr.allocation
	}
	lim.OffsetAlign = max(lim.OffsetAlign, pr.align)
	n.Units = pr.units
	n.Type, n.Name = pr.kind, native.Name+" as "+pr.name
	pr.remember(&n)
	if pr.noTicks {
		n.Families = slices.Clone(native.Families)
		for i := range n.Families {
			n.Families[i].TickBits = 0
		}
	}
	p, err := describe(&n)
	if err != nil {
		return p, err
	}
	p.limits.MaxLoop, p.limits.OneBody = host.limits.MaxLoop, host.limits.OneBody
	p.limits.SlowLoads, p.limits.GemmTiles, p.limits.RNNTiles = false, nil, nil // what suits the processor that is behind it
	p.limits.Rate, p.profile = pr.rate, pr
	p.info.UUID += "-" + pr.name
	p.info.Note = strings.TrimPrefix(p.info.Note+"; limits of "+pr.comment, "; ")
	return p, nil
}

// remember lets the device have the profile's memory: every type of it lies in the driver's first type that kernels and the host can use.
func (pr *profile) remember(n *platform.Physical) {
	const both = platform.DeviceLocal | platform.HostVisible | platform.HostCoherent
	i := slices.IndexFunc(n.Memory, func(t platform.MemoryType) bool { return t.Flags&both == both })
	if i < 0 {
		return // the host's own memory is all there is to be had
	}
	real := n.Memory[i].Index
	n.Memory, n.Heaps, n.Simulated = slices.Clone(pr.memory), pr.heaps, true
	for i := range n.Memory {
		n.Memory[i].Index = real
	}
}
