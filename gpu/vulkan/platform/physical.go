//go:build cgo

package platform

// #include <stdlib.h>
// #include "shim.h"
import "C"

import "unsafe"

// Physical is a device of the system as it describes itself, not opened. What it says may be changed before it is opened, to see how
// the engine gets on with less.
type Physical struct {
	handle C.VkDispatchable
	about  *C.sg_physical // a copy in Go's memory, no pointers in it
	inst   *Instance

	Name                   string
	Type                   uint32 // VkPhysicalDeviceType
	API, DriverVersion     uint32
	Vendor, Device         uint32   // PCI ids
	CacheUUID              [16]byte // of pipeline caches
	DeviceUUID, DriverUUID [16]byte // zero where the device is not Vulkan 1.1
	LUID                   [8]byte  // which card it is, by whatever driver; Windows has it
	HasLUID                bool
	DriverID               uint32 // VkDriverId, 0 unknown
	DriverName, DriverInfo string // "" unknown

	Subgroup           int    // lanes, 0 unknown
	SubgroupStages     uint32 // VkShaderStageFlagBits in which subgroups exchange values
	SubgroupOperations uint32 // VkSubgroupFeatureFlagBits
	Int64              bool   // shaders have 64-bit integers
	Addresses          bool   // the device is the processor and tells where a buffer begins
	Units              int    // multiprocessors or compute units, 0 unknown

	Limits   Limits
	Memory   []MemoryType
	Heaps    []Heap
	Families []Family
	// Simulated says that Memory and Heaps are not the driver's: heaps are full at their size, and there is no budget.
	Simulated bool
}

// Limits are those of the specification that kernels can meet.
type Limits struct {
	Invocations, SharedBytes, PushBytes int
	StorageBuffers                      int       // of a stage
	Groups, Local                       [3]uint32 // work groups of a dispatch, invocations of a work group
	StorageRange, Allocation            int64     // bytes that a descriptor spans, bytes of one allocation (0 unknown)
	OffsetAlign, Atom                   int64     // bytes: of storage buffers' offsets; nonCoherentAtomSize
	TickNanoseconds                     float64   // of a timestamp
}

// MemoryType is a kind of memory in one of the heaps.
type MemoryType struct {
	Flags uint32 // DeviceLocal …
	Heap  uint32
	Index uint32 // the driver's number
}

// Bits of MemoryType.Flags (VkMemoryPropertyFlagBits).
const (
	DeviceLocal  = 1
	HostVisible  = 2
	HostCoherent = 4
	HostCached   = 8
)

// Heap is memory that types share.
type Heap struct {
	Size        int64 // bytes
	DeviceLocal bool
}

// Family is a queue family.
type Family struct {
	Flags    uint32 // Graphics, Compute …
	Count    uint32
	TickBits uint32 // valid bits of a timestamp, 0 where there are none
}

// Bits of Family.Flags (VkQueueFlagBits).
const (
	Graphics = 1
	Compute  = 2
)

// describe reads everything about a device that the engine needs, once.
func (in *Instance) describe(h C.VkDispatchable) (*Physical, error) {
	c := (*C.sg_physical)(C.calloc(1, C.sizeof_sg_physical))
	if c == nil {
		return nil, Error("calloc", OutOfHostMemory, "")
	}
	defer C.free(unsafe.Pointer(c))
	if r := Result(C.sg_physical_describe(in.c, h, c)); r != Success {
		return nil, Error("vkEnumerateDeviceExtensionProperties", r, "")
	}
	about := *c
	props := &about.properties
	p := &Physical{
		handle: h, about: &about, inst: in,
		Name: C.GoString(&props.deviceName[0]), Type: uint32(props.deviceType),
		API: uint32(props.apiVersion), DriverVersion: uint32(props.driverVersion),
		Vendor: uint32(props.vendorID), Device: uint32(props.deviceID),
		CacheUUID: bytesOf(props.pipelineCacheUUID), DeviceUUID: bytesOf(about.id.deviceUUID), DriverUUID: bytesOf(about.id.driverUUID),
		HasLUID:  about.id.deviceLUIDValid != 0,
		DriverID: uint32(about.driver.driverID), DriverName: C.GoString(&about.driver.driverName[0]), DriverInfo: C.GoString(&about.driver.driverInfo[0]),
		Subgroup: int(about.subgroup.subgroupSize), SubgroupStages: uint32(about.subgroup.stages), SubgroupOperations: uint32(about.subgroup.operations),
		Int64: about.has_int64 != 0, Addresses: about.has_addresses != 0,
		Units:  int(about.nvidia.shaderSMCount + about.amd.shaderEngineCount*about.amd.shaderArraysPerEngineCount*about.amd.computeUnitsPerShaderArray),
		Limits: limitsOf(&about),
	}
	for i, b := range about.id.deviceLUID {
		p.LUID[i] = byte(b)
	}
	for i, t := range about.memory.types[:about.memory.typeCount] {
		p.Memory = append(p.Memory, MemoryType{uint32(t.flags), uint32(t.heap), uint32(i)})
	}
	for _, h := range about.memory.heaps[:about.memory.heapCount] {
		p.Heaps = append(p.Heaps, Heap{int64(min(uint64(h.size), 1<<62)), h.flags&DeviceLocal != 0})
	}
	for _, f := range about.families[:about.family_count] {
		p.Families = append(p.Families, Family{uint32(f.flags), uint32(f.count), uint32(f.timestampValidBits)})
	}
	return p, nil
}

func limitsOf(about *C.sg_physical) Limits {
	lim := &about.properties.limits
	l := Limits{
		Invocations:     int(lim.maxComputeWorkGroupInvocations),
		SharedBytes:     int(lim.maxComputeSharedMemorySize),
		PushBytes:       int(lim.maxPushConstantsSize),
		StorageBuffers:  int(lim.maxPerStageDescriptorStorageBuffers),
		StorageRange:    int64(lim.maxStorageBufferRange),
		Allocation:      int64(min(uint64(about.maintenance3.maxMemoryAllocationSize), 1<<62)),
		OffsetAlign:     int64(lim.minStorageBufferOffsetAlignment),
		Atom:            int64(lim.nonCoherentAtomSize),
		TickNanoseconds: float64(lim.timestampPeriod),
	}
	for i := range 3 {
		l.Groups[i] = uint32(lim.maxComputeWorkGroupCount[i])
		l.Local[i] = uint32(lim.maxComputeWorkGroupSize[i])
	}
	return l
}

// Budget returns the bytes of each heap that this process may use, and uses now, if the device tells.
func (p *Physical) Budget() (budget, usage [16]uint64, ok bool) {
	var b, u [16]C.uint64_t
	if p.Simulated {
		return budget, usage, false
	}
	if C.sg_memory_budget(p.inst.c, p.handle, p.about, &b[0], &u[0]) == 0 {
		return budget, usage, false
	}
	for i := range b {
		budget[i], usage[i] = uint64(b[i]), uint64(u[i])
	}
	return budget, usage, true
}

// bytesOf is an array of C's bytes as Go's.
func bytesOf(a [16]C.uint8_t) (out [16]byte) {
	for i, b := range a {
		out[i] = byte(b)
	}
	return out
}
