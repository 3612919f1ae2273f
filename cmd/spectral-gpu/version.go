package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model"
)

type versionCmd struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// versionLine is what `version --json` prints.
type versionLine struct {
	Event   string `json:"event"` // "version"
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"` // as Go noted it
	Go      string `json:"go"`
	System  string `json:"system"` // operating system/architecture
	Vulkan  string `json:"vulkan"` // "yes", or why not
}

func (c *versionCmd) Run(e *env) error {
	l := versionLine{Event: "version", Version: model.Version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Vulkan: "yes"}
	if err := gpu.Built("vulkan"); err != nil {
		l.Vulkan = err.Error()
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				l.Commit = s.Value
			}
		}
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(l)
	}
	fmt.Fprintf(e.stdout, "spectral-gpu %s (%s, %s)\n", l.Version, l.System, l.Go)
	if l.Commit != "" {
		fmt.Fprintln(e.stdout, "commit:", l.Commit)
	}
	_, err := fmt.Fprintln(e.stdout, "executors: cpu; vulkan:", l.Vulkan)
	return err
}
