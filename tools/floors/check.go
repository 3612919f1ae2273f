package main

import (
	"fmt"
	"slices"
	"strings"
)

// pkg is what go list tells about a package.
type pkg struct {
	ImportPath   string
	Module       struct{ Path string }
	Imports      []string
	TestImports  []string
	XTestImports []string
	CgoFiles     []string
}

// check returns one line for every import that breaks a rule of the table,
// sorted and without repetition.
func check(module string, pkgs []pkg) []string {
	var faults []string
	for _, p := range pkgs {
		faults = append(faults, checkPackage(module, p)...)
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

func checkPackage(module string, p pkg) []string {
	dir, _ := inModule(module, p.ImportPath)
	from, ok := find(dir)
	if !ok {
		return []string{fmt.Sprintf("%s: belongs to no floor: add it to tools/floors/table.go", p.ImportPath)}
	}
	var faults []string
	fault := func(format string, args ...any) {
		faults = append(faults, p.ImportPath+": "+fmt.Sprintf(format, args...))
	}
	if len(p.CgoFiles) > 0 && !from.cgo {
		fault("uses cgo (%s)", strings.Join(p.CgoFiles, ", "))
	}
	for _, path := range p.Imports {
		dir, inside := inModule(module, path)
		to, known := find(dir)
		switch {
		case !inside && from.stdOnly && !standard(path):
			fault("imports %s: %s may import the standard library only", path, from.dir)
		case !inside:
		case !known:
			fault("imports %s, which belongs to no floor", path)
		case from.stdOnly && to.dir != from.dir:
			fault("imports %s: %s may import the standard library only", path, from.dir)
		case to.dir != from.dir && to.rank >= from.rank:
			fault("imports %s: %s is not below %s", path, to.dir, from.dir)
		}
	}
	for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
		dir, inside := inModule(module, path)
		to, known := find(dir)
		if inside && known && to.dir != from.dir && to.rank >= rankCmd && to.rank >= from.rank {
			fault("its tests import %s: %s is not below %s", path, to.dir, from.dir)
		}
	}
	return faults
}

// inModule returns the folder of a package relative to the module, and whether
// it belongs to the module.
func inModule(module, path string) (string, bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

// standard tells whether a package belongs to the standard library: its first
// element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
