//go:build cgo

package vulkan

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"fmt"
	"slices"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// physical is a device of the system, not opened.
type physical struct {
	handle vk.PhysicalDevice
	about  *C.sg_physical // a copy in Go's memory, no pointers in it
	family uint32         // the queue family that runs the kernels
	// tickBits is the number of valid bits of a timestamp, 0 where there are none; a tick is tickSeconds.
	tickBits    uint32
	tickSeconds float64
	atom        int64 // nonCoherentAtomSize
	types       []memoryType
	heaps       []int64 // bytes
	info        gpu.Info
	limits      limits
	quirks      quirks
}

// describe reads everything about a device that the engine needs, once. A device without a compute queue is an error.
func (in *instance) describe(h vk.PhysicalDevice) (physical, error) {
	c := (*C.sg_physical)(C.calloc(1, C.sizeof_sg_physical))
	if c == nil {
		return physical{}, resultError("calloc", -1, "")
	}
	defer C.free(unsafe.Pointer(c))
	if r := vk.Result(C.sg_physical_describe(in.c, C.VkDispatchable(unsafe.Pointer(h)), c)); r != vk.Success {
		return physical{}, resultError("vkEnumerateDeviceExtensionProperties", r, "")
	}
	about := *c
	p := physical{handle: h, about: &about}
	family, ok := computeFamily(p.about)
	name := C.GoString(&p.about.properties.deviceName[0])
	if !ok {
		return physical{}, &gpu.Error{Op: name, Kind: gpu.ErrUnsupported, Msg: "the device has no compute queue"}
	}
	lim := &p.about.properties.limits
	p.family = family
	p.tickBits = uint32(p.about.families[family].timestampValidBits)
	p.tickSeconds = float64(lim.timestampPeriod) * 1e-9
	p.atom = max(int64(lim.nonCoherentAtomSize), 1)
	p.readMemory()
	if !slices.ContainsFunc(p.types, func(t memoryType) bool { return t.flags&memoryDeviceLocal != 0 }) {
		return physical{}, &gpu.Error{Op: name, Kind: gpu.ErrUnsupported, Msg: "the device has no memory"}
	}
	p.limits = p.readLimits()
	p.info = p.readInfo(name)
	p.quirks = quirksOf(&p)
	p.quirks.apply(&p)
	return p, nil
}

// computeFamily chooses the queue family: one that computes and draws nothing, where there is one with timestamps, because a
// desktop shares the drawing queue and its watchdog; otherwise the first that computes.
func computeFamily(about *C.sg_physical) (uint32, bool) {
	const graphics, compute = 1, 2
	best, found := uint32(0), false
	for i := range uint32(about.family_count) {
		f := about.families[i]
		if f.flags&compute == 0 || f.count == 0 {
			continue
		}
		if f.flags&graphics == 0 && f.timestampValidBits > 0 {
			return i, true
		}
		if !found {
			best, found = i, true
		}
	}
	return best, found
}

// memoryType is a kind of memory (memoryDeviceLocal …) in one of the heaps.
type memoryType struct{ flags, heap uint32 }

func (p *physical) readMemory() {
	m := &p.about.memory
	for i := range m.typeCount {
		p.types = append(p.types, memoryType{uint32(m.types[i].flags), uint32(m.types[i].heap)})
	}
	for i := range m.heapCount {
		p.heaps = append(p.heaps, int64(min(uint64(m.heaps[i].size), 1<<62)))
	}
}

func (p *physical) readLimits() limits {
	lim := &p.about.properties.limits
	l := limits{
		MaxInvocations: int(lim.maxComputeWorkGroupInvocations),
		MaxSharedBytes: int(lim.maxComputeSharedMemorySize),
		MaxPushBytes:   int(lim.maxPushConstantsSize),
		MaxBindings:    int(lim.maxPerStageDescriptorStorageBuffers),
		Subgroup:       int(p.about.subgroup.subgroupSize),
		OffsetAlign:    max(int(lim.minStorageBufferOffsetAlignment), 4),
		MaxRange:       int64(lim.maxStorageBufferRange),
		MaxAlloc:       int64(min(uint64(p.about.maintenance3.maxMemoryAllocationSize), 1<<62)),
		MaxLoop:        1 << 30,
		Software:       p.about.properties.deviceType == C.uint32_t(vk.PhysicalDeviceTypeCpu),
	}
	const compute, shuffle = 0x20, 0x10 // VK_SHADER_STAGE_COMPUTE_BIT, VK_SUBGROUP_FEATURE_SHUFFLE_BIT
	l.Exchange = p.about.subgroup.stages&compute != 0 && p.about.subgroup.operations&shuffle != 0 && l.Subgroup == powerAbove(l.Subgroup)
	l.Int64 = l.Software && p.about.has_int64 != 0
	if l.MaxAlloc == 0 {
		l.MaxAlloc = 1 << 30 // what every device allows
	}
	for i := range 3 {
		l.MaxGroups[i] = uint32(lim.maxComputeWorkGroupCount[i])
		l.MaxLocal[i] = uint32(lim.maxComputeWorkGroupSize[i])
	}
	return l
}

func (p *physical) readInfo(name string) gpu.Info {
	props := &p.about.properties
	kinds := map[C.uint32_t]gpu.Kind{
		C.uint32_t(vk.PhysicalDeviceTypeIntegratedGpu): gpu.IntegratedGPU,
		C.uint32_t(vk.PhysicalDeviceTypeDiscreteGpu):   gpu.DiscreteGPU,
		C.uint32_t(vk.PhysicalDeviceTypeCpu):           gpu.SoftwareGPU,
	}
	kind, ok := kinds[props.deviceType]
	if !ok {
		kind = gpu.VirtualGPU
	}
	info := gpu.Info{
		Executor:   backendName,
		Name:       name,
		Kind:       kind,
		Driver:     p.driverText(),
		API:        fmt.Sprintf("Vulkan %v", vk.Version(props.apiVersion)),
		UUID:       fmt.Sprintf("%x-%x-%08x", cBytes(&p.about.id.deviceUUID), cBytes(&p.about.id.driverUUID), uint32(props.driverVersion)),
		Unified:    p.sharesMemory(kind),
		Subgroup:   p.limits.Subgroup,
		Shared:     p.limits.MaxSharedBytes,
		Invocation: p.limits.MaxInvocations,
	}
	if p.about.id.deviceUUID == ([16]C.uint8_t{}) { // a device of Vulkan 1.0
		info.UUID = fmt.Sprintf("%x-%04x-%08x", cBytes(&props.pipelineCacheUUID), uint32(props.vendorID), uint32(props.driverVersion))
	}
	for i, size := range p.heaps {
		if p.about.memory.heaps[i].flags&C.VkFlags32(vk.MemoryHeapDeviceLocalBit) != 0 {
			info.Memory = max(info.Memory, size)
		}
	}
	return info
}

func (p *physical) driverText() string {
	d := &p.about.driver
	if d.driverName[0] == 0 {
		return fmt.Sprintf("vendor %#04x, driver version %#x", uint32(p.about.properties.vendorID), uint32(p.about.properties.driverVersion))
	}
	text := C.GoString(&d.driverName[0])
	if v := C.GoString(&d.driverInfo[0]); v != "" {
		text += " " + v
	}
	return text
}

// sharesMemory tells whether the host can work in the device's own memory at full speed. A discrete card may let the host see
// its memory too, but reading it there is slower than a copy.
func (p *physical) sharesMemory(kind gpu.Kind) bool {
	if kind != gpu.IntegratedGPU && kind != gpu.SoftwareGPU {
		return false
	}
	const both = memoryDeviceLocal | memoryHostVisible
	return slices.ContainsFunc(p.types, func(t memoryType) bool { return t.flags&both == both })
}

// cBytes is an array of C's bytes as Go's.
func cBytes(a *[16]C.uint8_t) []byte {
	out := make([]byte, len(a))
	for i, b := range a {
		out[i] = byte(b)
	}
	return out
}
