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
	Check dataCheckCmd `cmd:"" help:"Compare the files that are there with their checksums."`
}

type dataFlags struct {
	Data string `help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
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
		ready := "yes"
		if !en.Present {
			ready = "no"
		}
		where := en.Dir
		if where == "" {
			where = "generated"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", en.Task, ready, where, en.Summary)
	}
	return w.Flush()
}

type dataFetchCmd struct {
	Name string `arg:"" help:"The data set, e.g. mnist."`
	dataFlags
}

func (c *dataFetchCmd) Run(ctx context.Context, e *env) error {
	dir, err := data.Dir(c.Data)
	if err != nil {
		return err
	}
	last := ""
	err = fetch.Fetch(ctx, c.Name, dir, func(p fetch.Progress) {
		if p.File != last {
			last = p.File
			fmt.Fprintf(e.stderr, "%s: %d bytes\n", p.File, p.Total)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "%s is in %s and its checksums are right\n", c.Name, dir)
	return nil
}

type dataCheckCmd struct {
	dataFlags
	JSON bool `name:"json" help:"Print one JSON object a line."`
}

func (c *dataCheckCmd) Run(e *env) error {
	dir, err := data.Dir(c.Data)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(e.stdout)
	var first error
	for _, s := range data.Check(dir) {
		if s.Err != nil && first == nil {
			first = s.Err
		}
		state := "right"
		if s.Err != nil {
			state = s.Err.Error()
		}
		if c.JSON {
			err = enc.Encode(map[string]any{"event": "check", "set": s.Set, "path": s.Path, "right": s.Err == nil, "state": state})
		} else {
			_, err = fmt.Fprintf(e.stdout, "%s: %s\n", s.Path, state)
		}
		if err != nil {
			return err
		}
	}
	return first
}
