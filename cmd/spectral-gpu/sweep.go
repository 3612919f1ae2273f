package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model/experiment"
	"github.com/spectral-gpu/spectral-gpu/model/report"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type sweepCmd struct {
	Task string   `arg:"" help:"The task: ${tasks}."`
	Over []string `help:"A setting with the values that it takes, such as seed=1..5 or lr=1e-3,3e-3; may be given several times: every combination is run." required:"" sep:"none" placeholder:"SETTING=VALUES"`

	readFlags
	networkFlags
	optimizerFlags
	scheduleFlags
	Gradients   bool   `help:"Record ‖dL/dh_t‖ through time at the start and at every evaluation."`
	TensorBoard bool   `name:"tensorboard" help:"Write event files for TensorBoard into the folders."`
	Jobs        int    `help:"Runs beside each other; 0: one for each thread of the CPU executor, four on a graphics processor." placeholder:"N"`
	Data        string `help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
	Out         string `help:"Folder of the sweep; default runs/TASK-sweep. What is done in it already is not done again." type:"path" placeholder:"DIR"`
	deviceFlags
	tuneFlags
}

// Run trains every combination, leaves out what is done already, and writes a report of all of them. A run that fails is told and the others go on.
func (c *sweepCmd) Run(ctx context.Context, e *env, k *kong.Context) error {
	if c.Jobs < 0 {
		return fmt.Errorf("%w: --jobs %d; want 0 or more", errUsage, c.Jobs)
	}
	x, err := experiment.Sweep(c.Task, c.base(givenFlags(k)), c.Over)
	if err != nil {
		return err
	}
	x.Gradients = c.Gradients
	if c.Out == "" {
		c.Out = filepath.Join("runs", strings.NewReplacer("/", "_", ":", "-").Replace(c.Task)+"-sweep")
	}
	choice, err := gpu.List().Choose(c.Device)
	if err != nil {
		return err
	}
	jobs, flags := shareDevice(c.deviceFlags, c.Jobs, choice.Info)
	done, err := x.Run(ctx, experiment.Options{Dir: c.Out, Data: c.Data, Jobs: jobs, TensorBoard: c.TensorBoard,
		Open: func() (*gpu.Device, error) { return flags.open(e, c.tuning()) }, Log: func(line string) { fmt.Fprintln(e.stderr, line) }})
	if err != nil {
		return err
	}
	path, err := c.report(done)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "report: %s\n", path)
	if err := done.WriteText(e.stdout); err != nil {
		return err
	}
	if n := len(done.Failed); n > 0 {
		return fmt.Errorf("%d runs failed, %s among them; the same command tries them again: %w", n, done.Failed[0].Run, done.Failed[0].Err)
	}
	return nil
}

// base is the settings that were given, by name, but for those that vary.
func (c *sweepCmd) base(flags given) map[string]any {
	base := map[string]any{}
	for name := range new(train.Config).Settings() {
		if value, ok := flags[name]; ok {
			base[name] = value.Interface()
		}
	}
	if c.Steps > 0 {
		base["steps"] = c.Steps
	}
	if c.Epochs > 0 {
		base["epochs"] = int64(c.Epochs)
	}
	return base
}

// report writes the comparison of the runs that there are.
func (c *sweepCmd) report(done *experiment.Report) (string, error) {
	var runs []*report.Run
	var failed []string
	for _, f := range done.Failed {
		failed = append(failed, fmt.Sprintf("%s failed: %v.", f.Run, f.Err))
	}
	for _, row := range done.Rows {
		for _, one := range row.Runs {
			if one == nil {
				continue
			}
			r, err := report.Read(one.Dir)
			if err != nil {
				return "", err
			}
			r.Name = row.Variant.Name
			r.UseSpec(one.Spec)
			r.Weigh()
			runs = append(runs, r)
		}
	}
	if len(runs) == 0 {
		return "", errors.New("every run failed: " + strings.Join(failed, "; "))
	}
	path := filepath.Join(c.Out, "report.html")
	return path, writeReport(path, runs, report.Options{Title: done.Experiment.Title, Notes: failed})
}
