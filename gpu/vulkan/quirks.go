//go:build cgo

package vulkan

import (
	"fmt"
	"strings"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

// quirks are what a particular driver needs beyond what it reports about itself.
type quirks struct {
	noTimestamps bool  // timestamps are there but do not measure single dispatches
	layered      bool  // it runs on another API's driver, so that a native driver of the same device is better
	noDiskCache  bool  // its pipeline cache cannot be trusted across processes
	maxAlloc     int64 // bytes of one allocation, where less than reported works; 0 as reported
	maxLoop      int   // iterations of all loops of an invocation together; 0 without bound
	slowLoads    bool  // a load costs as much as dozens of multiplications, also of a value that lanes have in common
	oneBody      bool  // a loop that has two large bodies to choose from becomes a hundred times slower
	notes        []string
}

// quirk is a line of the table: the drivers it is about, and what they need. Zero fields match every device.
type quirk struct {
	driver   uint32 // VkDriverId
	vendor   uint32 // PCI vendor
	kind     gpu.Kind
	namePart string // in the device's name, without regard to case
	version  string // in the description of the driver
	below    int    // Mesa's first version that it is not about; an unknown version counts as 0
	needs    quirks
}

// Driver ids of the Vulkan specification (VkDriverId).
const (
	driverLavapipe = 13
	driverMoltenVK = 14
	driverDozen    = 20
)

// quirkTable is the one place for what is particular to a driver.
var quirkTable = []quirk{
	{kind: gpu.SoftwareGPU, needs: quirks{notes: []string{"a software device: its kernels run on the processor"}}},
	// Mesa leaves every loop after 65,535 iterations of all loops of an invocation together, and says nothing: 22.3 does, 26.2 does not, and those
	// between were not tried.
	{driver: driverLavapipe, below: 26, needs: quirks{maxLoop: 65_000}},
	{driver: driverLavapipe, version: "Mesa 22.", needs: quirks{slowLoads: true}},
	{driver: driverLavapipe, namePart: "LLVM 15.", needs: quirks{oneBody: true}},
	// Metal takes time stamps at the boundaries of encoders, not of dispatches.
	{driver: driverMoltenVK, needs: quirks{noTimestamps: true, notes: []string{"no times of single operations through Metal"}}},
	{driver: driverDozen, needs: quirks{layered: true, noDiskCache: true, notes: []string{"Vulkan on Direct3D 12, not a conformant driver"}}},
}

// quirksOf gathers the lines of the table that are about p.
func quirksOf(p *physical) quirks {
	var q quirks
	for _, line := range quirkTable {
		if line.driver != 0 && line.driver != p.DriverID ||
			line.vendor != 0 && line.vendor != p.Vendor ||
			line.kind != "" && line.kind != p.info.Kind ||
			!strings.Contains(p.info.Driver, line.version) ||
			line.below != 0 && mesaVersion(p.info.Driver) >= line.below ||
			!strings.Contains(strings.ToLower(p.info.Name), strings.ToLower(line.namePart)) {
			continue
		}
		q.noTimestamps = q.noTimestamps || line.needs.noTimestamps
		q.slowLoads = q.slowLoads || line.needs.slowLoads
		q.oneBody = q.oneBody || line.needs.oneBody
		q.layered = q.layered || line.needs.layered
		q.noDiskCache = q.noDiskCache || line.needs.noDiskCache
		if line.needs.maxAlloc > 0 && (q.maxAlloc == 0 || line.needs.maxAlloc < q.maxAlloc) {
			q.maxAlloc = line.needs.maxAlloc
		}
		if line.needs.maxLoop > 0 && (q.maxLoop == 0 || line.needs.maxLoop < q.maxLoop) {
			q.maxLoop = line.needs.maxLoop
		}
		q.notes = append(q.notes, line.needs.notes...)
	}
	return q
}

// mesaVersion returns the first number of Mesa's version from the description of a driver, 0 where it has none.
func mesaVersion(driver string) (v int) {
	_, rest, _ := strings.Cut(driver, "Mesa ")
	fmt.Sscanf(rest, "%d", &v)
	return v
}

// apply changes the description of the device accordingly.
func (q quirks) apply(p *physical) {
	if q.noTimestamps {
		p.tickBits = 0
	}
	if q.layered && p.info.Kind != gpu.SoftwareGPU {
		p.info.Kind = gpu.VirtualGPU // which is chosen after discrete and integrated devices
	}
	if q.maxAlloc > 0 {
		p.limits.MaxAlloc = min(p.limits.MaxAlloc, q.maxAlloc)
	}
	if q.maxLoop > 0 {
		p.limits.MaxLoop = q.maxLoop
	}
	p.limits.OneBody = q.oneBody
	if q.slowLoads { // prefer tiles with many columns an invocation
		p.limits.SlowLoads = true
		p.limits.GemmTiles, p.limits.RNNTiles = wideGemmTiles(), wideRNNTiles()
	}
	p.info.Note = strings.Join(q.notes, "; ")
}
