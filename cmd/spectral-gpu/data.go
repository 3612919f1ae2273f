package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/data/fetch"
)

type dataCmd struct {
	List  dataListCmd  `cmd:"" help:"List the tasks, and whether their data is there."`
	Fetch dataFetchCmd `cmd:"" help:"Download a data set and check it."`
	Check dataCheckCmd `cmd:"" help:"Compare the files of data sets with their checksums, or read a file of yours as train would."`
}

type dataFlags struct {
	Data string `predictor:"folder" help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
}

type dataListCmd struct {
	dataFlags
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

func (c *dataListCmd) Run(e *env) error {
	dir, err := data.Dir(c.Data)
	if err != nil {
		return err
	}
	entries := data.List(dir)
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for _, en := range entries {
			if err := enc.Encode(en); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TASK\tREADY\tDATA\tWHAT")
	for _, en := range entries {
		ready, where := "no", en.Dir
		switch {
		case en.Own:
			ready, where = "-", "your file"
		case en.Generated:
			ready, where = "yes", "generated"
		case en.Present:
			ready = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", en.Task, ready, where, en.Summary)
	}
	return w.Flush()
}

type dataFetchCmd struct {
	Name  string `predictor:"set" arg:"" help:"The data set, or a task that reads it: ${sets}."`
	Force bool   `help:"Replace files that are there but wrong."`
	dataFlags
}

func (c *dataFetchCmd) Run(ctx context.Context, e *env) error {
	dir, err := data.Dir(c.Data)
	if err != nil {
		return err
	}
	last := ""
	f := fetch.Fetcher{Force: c.Force, Progress: func(p fetch.Progress) {
		if p.File != last {
			last = p.File
			fmt.Fprintf(e.stderr, "%s: %d bytes\n", p.File, p.Total)
		}
	}}
	if err := f.FetchNamed(ctx, c.Name, dir); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "%s is in %s and its checksums are right\n", c.Name, dir)
	return nil
}
