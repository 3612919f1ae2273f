package model

import "runtime/debug"

// module is this module's path in what Go notes in a program.
const module = "github.com/spectral-gpu/spectral-gpu"

// version is what the linker was told (make build, make dist), "" where it was told nothing.
var version string

// Version names the version of this module that the program was built from: a tag with the commits since, as git describe has it, or what Go
// noted; "devel" where nobody said. Checkpoints and config.json have it, so that it can be told what wrote them; nothing depends on it.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if info.Main.Path == module {
		return known(info.Main.Version)
	}
	for _, d := range info.Deps {
		if d.Path == module {
			return known(d.Version)
		}
	}
	return "devel"
}

func known(v string) string {
	if v == "" || v == "(devel)" {
		return "devel"
	}
	return v
}
