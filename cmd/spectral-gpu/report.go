package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/atomicfile"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/report"
)

type reportCmd struct {
	Runs      []string `arg:"" name:"run" help:"Folder of a run; of several, one report sets them beside each other." type:"path"`
	Out       string   `help:"The file to write; default report.html in the folder of the run, or here where there are several." type:"path" placeholder:"FILE"`
	Title     string   `help:"Title of the report." placeholder:"TEXT"`
	NoMeasure bool     `help:"Leave out what takes the data and a device: predictions and gradients through time."`
	Data      string   `help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
	deviceFlags
}

func (c *reportCmd) Run(ctx context.Context, e *env) (err error) {
	out := c.Out
	if out == "" {
		if out = "report.html"; len(c.Runs) == 1 {
			out = filepath.Join(c.Runs[0], out)
		}
	}
	var runs []*report.Run
	for _, dir := range c.Runs {
		r, err := report.Read(dir)
		if err != nil {
			return err
		}
		runs = append(runs, r)
	}
	var dev *gpu.Device
	if !c.NoMeasure {
		if dev, err = c.open(e, gpu.TuningStored); err != nil {
			return err
		}
		defer closeDevice(dev, &err)
	}
	for i, r := range runs {
		r.Weigh()
		if dev == nil {
			r.Notes = append(r.Notes, "Predictions and gradients through time were left out (--no-measure).")
			continue
		}
		if len(runs) > 1 {
			fmt.Fprintf(e.stderr, "run %d of %d: %s\n", i+1, len(runs), r.Folder.Dir)
		}
		if err := c.measure(ctx, dev, r); err != nil {
			return err
		}
	}
	if err := writeReport(out, runs, report.Options{Title: c.Title}); err != nil {
		return err
	}
	for _, r := range runs {
		for _, note := range r.Notes { // which the page has as well
			fmt.Fprintf(e.stderr, "note: %s: %s\n", r.Folder.Dir, note)
		}
	}
	_, err = fmt.Fprintln(e.stdout, out)
	return err
}

// measure adds what takes the data; where it is not to be had, the report says so.
func (c *reportCmd) measure(ctx context.Context, dev *gpu.Device, r *report.Run) error {
	task, err := r.Config.OpenTask(c.Data)
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("Predictions and gradients through time: the data is not at hand: %v.", err))
		return nil
	}
	defer task.Close()
	r.UseSpec(task.Spec())
	err = r.Measure(ctx, dev, task)
	if errors.Is(err, model.ErrConfig) {
		r.Notes = append(r.Notes, fmt.Sprintf("Predictions were not measured: %v.", err))
		return nil
	}
	return err
}

// writeReport replaces a file by the report of runs.
func writeReport(path string, runs []*report.Run, o report.Options) error {
	err := atomicfile.Write(atomicfile.OS{}, path, func(w io.Writer) error { return report.Write(w, runs, o) }, nil)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
