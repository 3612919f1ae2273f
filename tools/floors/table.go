package main

import "strings"

// area is a folder of the module, with the folders below it, and its place.
type area struct {
	dir  string // relative to the module
	rank int    // an area imports areas of lower rank
	// stdOnly forbids every import from outside the standard library.
	stdOnly bool
	// cgo permits files that import "C".
	cgo bool
}

// Ranks: ten times the floor plus the place within it.
var areas = []area{
	{dir: "shaders", rank: 1, stdOnly: true},
	{dir: "gpu/philox", rank: 0, stdOnly: true},
	{dir: "data", rank: 1},
	{dir: "gpu/atomicfile", rank: 0},
	{dir: "gpu/steady", rank: 0, stdOnly: true},
	{dir: "gpu/oracle", rank: 0},
	{dir: "model/ranks", rank: 0, stdOnly: true},
	{dir: "model/ranks/mpi", rank: 1, cgo: true},
	{dir: "gpu", rank: 10},
	{dir: "gpu/cpu", rank: 12},
	{dir: "gpu/vulkan/platform", rank: 11, cgo: true},
	{dir: "gpu/vulkan", rank: 12},
	{dir: "gpu/fake", rank: 12},
	{dir: "gpu/exact", rank: 12},
	{dir: "gpu/nn", rank: 15},
	{dir: "gpu/all", rank: 13},
	{dir: "gpu/parity", rank: 14},
	{dir: "hh", rank: 20},
	{dir: "model", rank: 30},
	{dir: "cmd", rank: rankCmd},
	{dir: "tools", rank: 50},
	{dir: "tools/shaderstats", rank: 50, cgo: true},
}

// rankCmd is the rank from which on not even tests of lower floors may import.
const rankCmd = 40

// find returns the area of a folder of the module: the longest entry that is
// the folder or lies above it.
func find(dir string) (area, bool) {
	var best area
	found := false
	for _, a := range areas {
		if (dir == a.dir || strings.HasPrefix(dir, a.dir+"/")) && len(a.dir) > len(best.dir) {
			best, found = a, true
		}
	}
	return best, found
}
