package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type trainCmd struct {
	Task string `predictor:"task" arg:"" help:"The task: ${tasks}."`

	readFlags
	networkFlags
	optimizerFlags
	scheduleFlags
	Data        string `predictor:"folder" help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
	Out         string `predictor:"folder" help:"Folder of the run; default runs/TASK-TIME, a new one." type:"path" placeholder:"DIR"`
	Resume      bool   `help:"Go on from the checkpoint in --out, with its settings; --steps or --epochs may be raised, other flags have to agree."`
	InitFrom    string `name:"init-from" help:"Begin with the parameters of another run, or of a checkpoint that import has written: fine-tuning." type:"path" placeholder:"RUN"`
	Overwrite   bool   `help:"Replace a run that is in --out already."`
	Gradients   bool   `help:"Record ‖dL/dh_t‖ through time at the start and at every evaluation, for the report; each takes about two steps."`
	TensorBoard bool   `name:"tensorboard" help:"Write event files for TensorBoard into the folder: scalars, histograms of σ, hyper-parameters."`
	JSON        bool   `name:"json" help:"Print one JSON object a line on standard output."`
	Distributed string `help:"mpi: train with all ranks that mpirun has started, each on a device of its own, on parts of every batch (docs/distributed.md); off: alone." enum:"off,mpi" default:"off"`
	Window      bool   `help:"Show the run in a window while it trains; closing it stops nothing."`
	deviceFlags
	tuneFlags

	init *model.Checkpoint // of InitFrom
}

func (c *trainCmd) Run(ctx context.Context, e *env, k *kong.Context) error {
	if c.Distributed == "mpi" {
		return c.runMPI(ctx, e, givenFlags(k))
	}
	return c.train(ctx, e, givenFlags(k), nil, ranks.Place{})
}

// train trains alone, or as a rank of a group at its place.
func (c *trainCmd) train(ctx context.Context, e *env, flags given, g *ranks.Group, place ranks.Place) (err error) {
	if g.Rank() > 0 {
		return c.trainBeside(ctx, e, g, place)
	}
	if c.Window {
		if err := windowUsable(); err != nil {
			return fmt.Errorf("--window: %w", err)
		}
	}
	cfg, task, err := c.prepare(flags)
	if err != nil {
		return err
	}
	defer task.Close()
	if err := tellConfig(g, cfg); err != nil {
		return err
	}
	dev, err := c.openRank(e, g, place)
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	folder := train.Folder{Dir: c.Out}
	if c.Out == "" {
		if folder, err = train.NewFolder("runs", folderName(c.Task)+"-"+time.Now().Format("20060102-150405")); err != nil {
			return err
		}
	}
	out := newReporter(e, c.JSON, c.resumeCommand(folder.Dir))
	defer out.close()
	run := func() error {
		_, err := train.Run(ctx, cfg, train.Options{Dev: dev, Task: task, Folder: folder, Resume: c.Resume, Overwrite: c.Overwrite, Init: c.init, Observe: out.observe, Evaluating: out.evaluating, Live: liveInterval, Gradients: c.Gradients, TensorBoard: c.TensorBoard, Ranks: g, Start: started})
		if errors.Is(err, train.ErrInterrupted) && out.saved {
			err = errors.Join(errReported, err)
		}
		return err
	}
	if c.Window {
		command, err := watchCommand(folder, c.Data)
		if err != nil {
			return err
		}
		return besideWindow(ctx, e, command, run)
	}
	return run()
}

// folderName makes a name for a folder of the name of a task, whose argument may be a path.
func folderName(task string) string {
	name, arg, _ := strings.Cut(task, ":")
	if arg != "" {
		arg = filepath.Base(arg)
		name += "-" + strings.TrimSuffix(arg, filepath.Ext(arg))
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, name)
}

// resumeCommand is the line that goes on with the run in a folder.
func (c *trainCmd) resumeCommand(dir string) string {
	line := "spectral-gpu train " + data.Quoted(c.Task) + " --out " + data.Quoted(dir) + " --resume"
	if c.Data != "" {
		line += " --data " + data.Quoted(c.Data)
	}
	if c.Device != "auto" {
		line += " --device " + data.Quoted(c.Device)
	}
	if c.Distributed == "mpi" {
		line = "mpirun … " + line + " --distributed mpi"
	}
	return line
}

// prepare turns the flags, or the settings of the run to resume, into what to train on what.
func (c *trainCmd) prepare(flags given) (train.Config, data.Task, error) {
	if c.Steps < 0 || c.Epochs < 0 || c.Steps > 0 && c.Epochs > 0 {
		return train.Config{}, nil, fmt.Errorf("%w: --steps %d --epochs %d: give one of them, at least 1", errUsage, c.Steps, c.Epochs)
	}
	cfg := train.Config{Task: c.Task, Seed: 1}
	if err := flags.apply(&cfg); err != nil {
		return cfg, nil, err
	}
	if c.Resume {
		old, err := c.resumed(flags)
		if err != nil {
			return cfg, nil, err
		}
		cfg = old
	} else if err := c.loadInit(flags, &cfg); err != nil {
		return cfg, nil, err
	} else if info, err := model.FindCell(cfg.Model.Cell); err == nil && !info.Time && cfg.Length == 0 {
		cfg.Length = 1 // the whole input at once
	}
	task, err := cfg.OpenTask(c.Data)
	if err != nil {
		return cfg, nil, err
	}
	if !c.Resume {
		read := cfg.Config
		if cfg, err = flags.defaults(c.Task, task.Spec(), cfg); err == nil {
			cfg.Config = read
		}
		if err == nil && c.init != nil {
			err = startFrom(c.init, c.InitFrom, &cfg, task.Spec(), flags)
		}
		if c.Steps > 0 || c.Epochs > 0 {
			cfg.Steps, cfg.Epochs = c.Steps, c.Epochs
		}
	}
	if err == nil {
		err = cfg.Check()
	}
	if err == nil {
		err = flags.unused(cfg)
	}
	if err == nil {
		_, err = cfg.LastStep(task.Spec())
	}
	if err != nil {
		task.Close()
		return cfg, nil, err
	}
	return cfg, task, nil
}

// loadInit reads the checkpoint of --init-from, whose cell is that of the run unless a flag says otherwise.
func (c *trainCmd) loadInit(flags given, cfg *train.Config) (err error) {
	if c.InitFrom == "" {
		return nil
	}
	if c.init, err = model.LoadRun(c.InitFrom); err != nil {
		return fmt.Errorf("--init-from: %w", err)
	}
	if _, ok := flags["cell"]; !ok {
		cfg.Model.Cell = c.init.Config.Cell
	}
	return nil
}
