package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

type devicesCmd struct {
	Device string `predictor:"device" default:"auto" placeholder:"DEVICE" help:"Show what this selection would choose."`
	JSON   bool   `name:"json" help:"Print one JSON object a line."`
}

// deviceLine is one device of `devices --json`.
type deviceLine struct {
	Event    string `json:"event"` // "device"
	Index    int    `json:"index"`
	Name     string `json:"name"`
	Executor string `json:"executor"`
	Kind     string `json:"kind"`
	Driver   string `json:"driver,omitempty"`
	API      string `json:"api,omitempty"`
	Memory   int64  `json:"memory_bytes,omitempty"`
	Unified  bool   `json:"unified_memory"`
	Chosen   bool   `json:"chosen"`
	Why      string `json:"why,omitempty"`
	Warning  string `json:"warning,omitempty"`
	Note     string `json:"note,omitempty"`
}

func (c *devicesCmd) Run(e *env) error {
	list := gpu.List()
	choice, chooseErr := list.Choose(c.Device)
	lines := make([]deviceLine, len(list.Devices))
	for i, d := range list.Devices {
		lines[i] = deviceLine{Event: "device", Index: d.Index, Name: d.Name, Executor: d.Executor, Kind: string(d.Kind), Driver: d.Driver, API: d.API,
			Memory: d.Memory, Unified: d.Unified, Note: d.Note}
		if chooseErr == nil && d.Index == choice.Info.Index {
			lines[i].Chosen, lines[i].Why, lines[i].Warning = true, choice.Why, choice.Warning
		}
	}
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return chooseErr
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tINDEX\tNAME\tEXECUTOR\tKIND\tMEMORY\tDRIVER")
	for _, l := range lines {
		mark := ""
		if l.Chosen {
			mark = "*"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\n", mark, l.Index, l.Name, l.Executor, l.Kind, gib(l.Memory), l.Driver)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range list.Report {
		fmt.Fprintln(e.stdout, "  "+r)
	}
	if chooseErr != nil {
		return chooseErr
	}
	fmt.Fprintf(e.stdout, "--device %s chooses %d, %s: %s\n", c.Device, choice.Info.Index, choice.Info.Name, choice.Why)
	if choice.Warning != "" {
		fmt.Fprintln(e.stdout, "warning: "+choice.Warning)
	}
	return nil
}

func gib(bytes int64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
}
