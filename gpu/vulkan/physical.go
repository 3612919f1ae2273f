//go:build cgo

package vulkan

import (
	"fmt"
	"slices"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
	"github.com/spectral-gpu/spectral-gpu/shaders"
)

// physical is a device of the system, not opened, as the engine uses it.
type physical struct {
	*platform.Physical
	family uint32 // the queue family that runs the kernels
	// tickBits is the number of valid bits of a timestamp, 0 where there are none.
	tickBits uint32
	info     gpu.Info
	limits   limits
	quirks   quirks
	profile  *profile // whose limits are forced on it, nil for none
}

// devices lists the physical devices that can run the kernels, and says why others cannot.
func devices(inst *platform.Instance) ([]physical, []string, error) {
	all, report, err := inst.Devices()
	if err != nil {
		return nil, report, err
	}
	forced, err := forcedProfile()
	if err != nil {
		return nil, report, err
	}
	look := describe
	if forced != nil {
		look = forced.force
	}
	var list []physical
	for _, native := range all {
		p, err := look(native)
		if err != nil {
			report = append(report, err.Error())
			continue
		}
		list = append(list, p)
	}
	list, left := distinct(list)
	for i := range list {
		list[i].info.Index = i
	}
	return list, append(report, left...), nil
}

// distinct leaves one entry of each card, that of a driver of its own if there is one, else the first, and says which are left out.
func distinct(list []physical) (kept []physical, report []string) {
	for _, p := range list {
		i := slices.IndexFunc(kept, func(o physical) bool { return p.sameCard(&o) })
		if i < 0 {
			kept = append(kept, p)
			continue
		}
		other := p
		if kept[i].quirks.layered && !p.quirks.layered {
			kept[i], other = p, kept[i]
		}
		if other.info.Name == kept[i].info.Name && other.info.UUID == kept[i].info.UUID {
			report = append(report, p.info.Name+" is listed twice by the same driver: two manifests name it")
			continue
		}
		report = append(report, fmt.Sprintf("%s (%s) is left out: it is the same card as %s (%s); VK_DRIVER_FILES chooses between drivers",
			other.info.Name, other.info.Driver, kept[i].info.Name, kept[i].info.Driver))
	}
	return kept, report
}

// sameCard tells whether two entries are one card through two drivers, or through one driver that is listed twice. Of a layered driver the UUID is its own
// and the same for equal cards; on Windows LUIDs tell, elsewhere that a native driver has a card of the same make.
func (p *physical) sameCard(o *physical) bool {
	if p.HasLUID && o.HasLUID {
		return p.LUID == o.LUID
	}
	if p.DeviceUUID != ([16]byte{}) && p.DeviceUUID == o.DeviceUUID {
		return true
	}
	return p.quirks.layered != o.quirks.layered && p.Vendor == o.Vendor && p.Device == o.Device
}

// describe works out what the engine needs to know about a device. A device without a compute queue is an error.
func describe(native *platform.Physical) (physical, error) {
	p := physical{Physical: native}
	family, ok := computeFamily(native.Families)
	if !ok {
		return physical{}, &gpu.Error{Op: p.Name, Kind: gpu.ErrUnsupported, Msg: "the device has no compute queue"}
	}
	p.family, p.tickBits = family, native.Families[family].TickBits
	if !slices.ContainsFunc(p.Memory, func(t platform.MemoryType) bool { return t.Flags&memoryDeviceLocal != 0 }) {
		return physical{}, &gpu.Error{Op: p.Name, Kind: gpu.ErrUnsupported, Msg: "the device has no memory"}
	}
	p.limits = p.readLimits()
	if err := p.limits.suffice(p.Name); err != nil {
		return physical{}, err
	}
	p.info = p.readInfo()
	p.quirks = quirksOf(&p)
	p.quirks.apply(&p)
	return p, nil
}

// computeFamily chooses the queue family: one that computes and draws nothing, where there is one with timestamps, because a
// desktop shares the drawing queue and its watchdog; otherwise the first that computes.
func computeFamily(families []platform.Family) (uint32, bool) {
	best, found := uint32(0), false
	for i, f := range families {
		if f.Flags&platform.Compute == 0 || f.Count == 0 {
			continue
		}
		if f.Flags&platform.Graphics == 0 && f.TickBits > 0 {
			return uint32(i), true
		}
		if !found {
			best, found = uint32(i), true
		}
	}
	return best, found
}

// VkPhysicalDeviceType.
const (
	integratedDevice = 1
	discreteDevice   = 2
	softwareDevice   = 4
)

func (p *physical) readLimits() limits {
	lim := &p.Limits
	l := limits{
		MaxInvocations: lim.Invocations,
		MaxSharedBytes: lim.SharedBytes,
		MaxPushBytes:   lim.PushBytes,
		MaxBindings:    lim.StorageBuffers,
		MaxGroups:      lim.Groups,
		MaxLocal:       lim.Local,
		Subgroup:       p.Subgroup,
		Units:          p.Units,
		OffsetAlign:    max(int(lim.OffsetAlign), 4),
		MaxRange:       lim.StorageRange,
		MaxAlloc:       lim.Allocation,
		MaxLoop:        1 << 30,
		Software:       p.Type == softwareDevice,
	}
	const compute, shuffle = 0x20, 0x10 // VK_SHADER_STAGE_COMPUTE_BIT, VK_SUBGROUP_FEATURE_SHUFFLE_BIT
	l.Exchange = p.SubgroupStages&compute != 0 && p.SubgroupOperations&shuffle != 0 && l.Subgroup == powerAbove(l.Subgroup)
	l.Int64 = l.Software && p.Int64 && p.Addresses
	if l.MaxAlloc == 0 {
		l.MaxAlloc = 1 << 30 // what every device allows
	}
	return l
}

// suffice tells whether every operation has kernels that the device can run, and which limit is too low otherwise.
func (l *limits) suffice(device string) error {
	bindings, push := 0, 0
	for _, k := range shaders.Kernels() {
		bindings, push = max(bindings, len(k.Bindings)), max(push, k.PushBytes)
	}
	for _, need := range []struct {
		name        string
		have, least int
	}{
		{"maxComputeWorkGroupInvocations", l.MaxInvocations, localSize},
		{"maxComputeWorkGroupSize[0]", int(l.MaxLocal[0]), localSize},
		{"maxComputeWorkGroupSize[1]", int(l.MaxLocal[1]), localSize},
		{"maxComputeSharedMemorySize", l.MaxSharedBytes, leastShared},
		{"maxPerStageDescriptorStorageBuffers", l.MaxBindings, bindings},
		{"maxPushConstantsSize", l.MaxPushBytes, push},
	} {
		if need.have < need.least {
			return &gpu.Error{Op: device, Kind: gpu.ErrUnsupported, Msg: fmt.Sprintf(
				"the kernels need a device whose limit %s is at least %d, this one's is %d; use the CPU executor (--device cpu)", need.name, need.least, need.have)}
		}
	}
	return nil
}

func (p *physical) readInfo() gpu.Info {
	kind := map[uint32]gpu.Kind{integratedDevice: gpu.IntegratedGPU, discreteDevice: gpu.DiscreteGPU, softwareDevice: gpu.SoftwareGPU}[p.Type]
	if kind == "" {
		kind = gpu.VirtualGPU
	}
	info := gpu.Info{
		Executor:   backendName,
		Name:       p.Name,
		Kind:       kind,
		Driver:     p.driverText(),
		API:        fmt.Sprintf("Vulkan %d.%d.%d", p.API>>22&0x7f, p.API>>12&0x3ff, p.API&0xfff),
		UUID:       fmt.Sprintf("%x-%x-%08x", p.DeviceUUID, p.DriverUUID, p.DriverVersion),
		Unified:    p.sharesMemory(kind),
		Subgroup:   p.limits.Subgroup,
		Shared:     p.limits.MaxSharedBytes,
		Invocation: p.limits.MaxInvocations,
	}
	if p.DeviceUUID == ([16]byte{}) { // a device of Vulkan 1.0
		info.UUID = fmt.Sprintf("%x-%04x-%08x", p.CacheUUID, p.Vendor, p.DriverVersion)
	}
	for _, h := range p.Heaps {
		if h.DeviceLocal {
			info.Memory = max(info.Memory, h.Size)
		}
	}
	return info
}

func (p *physical) driverText() string {
	if p.DriverName == "" {
		return fmt.Sprintf("vendor %#04x, driver version %#x", p.Vendor, p.DriverVersion)
	}
	if p.DriverInfo == "" {
		return p.DriverName
	}
	return p.DriverName + " " + p.DriverInfo
}

// sharesMemory tells whether the host can work in the device's own memory at full speed. A discrete card may let the host see
// its memory too, but reading it there is slower than a copy. Some drivers of integrated devices show the host a small window only,
// beside a larger heap of the device's own: programs would run out of the window first.
func (p *physical) sharesMemory(kind gpu.Kind) bool {
	if kind != gpu.IntegratedGPU && kind != gpu.SoftwareGPU {
		return false
	}
	const both = memoryDeviceLocal | memoryHostVisible
	var largest int64
	for _, h := range p.Heaps {
		if h.DeviceLocal {
			largest = max(largest, h.Size)
		}
	}
	return slices.ContainsFunc(p.Memory, func(t platform.MemoryType) bool { return t.Flags&both == both && p.Heaps[t.Heap].Size >= largest })
}
