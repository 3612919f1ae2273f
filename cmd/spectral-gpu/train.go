package main

import (
	"context"
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

type trainCmd struct {
	Task string `arg:"" help:"The task: ${tasks}."`

	networkFlags
	optimizerFlags
	Steps     int64  `help:"Stop after this many steps." placeholder:"N"`
	Epochs    int    `help:"Stop after this many passes over the training data." placeholder:"N"`
	TrainSize int    `help:"Use this many training samples; 0 uses all." placeholder:"N"`
	TestSize  int    `help:"Use this many test samples; 0 uses all." placeholder:"N"`
	EvalEvery int64  `help:"Steps between evaluations; 0 evaluates after every epoch." placeholder:"N"`
	SaveEvery int64  `help:"Steps between checkpoints; 0 saves at every evaluation." placeholder:"N"`
	Data      string `help:"Data directory; default $$SPECTRAL_DATA, else a folder in your cache directory." type:"path" placeholder:"DIR"`
	Out       string `help:"Folder of the run; default runs/TASK-TIME, a new one." type:"path" placeholder:"DIR"`
	Resume    bool   `help:"Go on from the checkpoint in --out, with its settings; --steps or --epochs may be raised, other flags have to agree."`
	Overwrite bool   `help:"Replace a run that is in --out already."`
	JSON      bool   `name:"json" help:"Print one JSON object a line on standard output."`
	deviceFlags
	tuneFlags
}

// networkFlags say what the network is. Zero values stand for the task's defaults.
type networkFlags struct {
	Cell       string  `help:"The network: ${cells}." default:"spectral"`
	Hidden     int     `help:"Hidden units n." default:"128"`
	Layers     int     `help:"Stacked recurrences." default:"1"`
	Reflectors int     `help:"Householder reflectors a side, m ≤ n." default:"16"`
	R          float64 `help:"Radius r of the band of singular values." default:"0.01"`
	Sigma      float64 `help:"Centre σ* of the band." default:"1"`
	Form       string  `help:"How W takes part: matrix, low-rank (diagonal plus low rank, for m well below n), applied (dense networks), or auto, the fastest." default:"auto"`
	Init       string  `help:"Initial spectral weights: random, identity, haar, or rotations by angles of henaff, cayley, cayley-exp." default:"random"`
	InputInit  string  `help:"Initial input maps: uniform, fan-in, xavier, kaiming, unit-columns." default:"uniform"`
	Activation string  `help:"relu, leaky-relu[:SLOPE], tanh, identity." default:"leaky-relu"`
	Batch      int     `help:"Sequences a step." default:"128"`
	Length     int     `help:"Time steps of a sequence; 0 is the task's default." default:"0"`
	Seed       uint64  `help:"Seed of everything random." default:"1"`
}

// optimizerFlags say how it is trained.
type optimizerFlags struct {
	Optimizer    string  `help:"adam or sgd." default:"adam"`
	LR           float64 `name:"lr" help:"Learning rate." default:"0.004"`
	Schedule     string  `help:"constant, or cosine: the rate falls to 0 over the run." default:"cosine"`
	LRReflectors float64 `name:"lr-reflectors" help:"Learning rate of the reflectors; 0 is --lr." default:"0"`
	LRSigma      float64 `name:"lr-sigma" help:"Learning rate of the singular values; 0 is --lr." default:"0"`
	LRDecay      float64 `name:"lr-decay" help:"Factor on the learning rate after every epoch (${endless} steps where a task has no epochs)." default:"0.99"`
	Warmup       int64   `help:"Steps over which the learning rate rises from 0." default:"200"`
	Momentum     float64 `help:"Momentum of sgd." default:"0.9"`
	Decay        float64 `help:"Decoupled weight decay of the input and output maps." default:"0"`
	Clip         float64 `help:"Largest gradient norm; 0 does not clip." default:"5"`
}

func (f networkFlags) config(spec data.Spec) model.Config {
	return model.Config{Cell: f.Cell, Length: spec.Length, Batch: f.Batch, Input: spec.Input, Output: spec.Output, Stream: spec.Stream,
		Hidden: f.Hidden, Layers: f.Layers, Reflectors: f.Reflectors, Radius: f.R, Center: f.Sigma, Activation: f.Activation, Form: model.Form(f.Form),
		Init: f.Init, InputInit: f.InputInit, Seed: f.Seed}
}

func (f optimizerFlags) optimizer() model.Optimizer {
	o := model.DefaultOptimizer()
	o.Name, o.LR, o.LRDecay, o.Schedule, o.Warmup = f.Optimizer, f.LR, f.LRDecay, f.Schedule, f.Warmup
	o.Momentum, o.Decay, o.Clip = f.Momentum, f.Decay, f.Clip
	o.LRReflectors, o.LRSigma = f.LRReflectors, f.LRSigma
	return o
}

func (c *trainCmd) Run(ctx context.Context, e *env, k *kong.Context) (err error) {
	cfg, task, err := c.prepare(givenFlags(k))
	if err != nil {
		return err
	}
	defer task.Close()
	dev, err := c.open(e, c.tuning())
	if err != nil {
		return err
	}
	defer closeDevice(dev, &err)
	folder := train.Folder{Dir: c.Out}
	if c.Out == "" {
		if folder, err = train.NewFolder("runs", c.Task+"-"+time.Now().Format("20060102-150405")); err != nil {
			return err
		}
	}
	out := newReporter(e, c.JSON)
	defer out.close()
	_, err = train.Run(ctx, cfg, train.Options{Dev: dev, Task: task, Folder: folder, Resume: c.Resume, Overwrite: c.Overwrite, Observe: out.observe, Start: started})
	return err
}

// prepare turns the flags, or the settings of the run to resume, into what to train on what. given are the flags on the command line.
func (c *trainCmd) prepare(given []string) (train.Config, data.Task, error) {
	if c.Steps < 0 || c.Epochs < 0 || c.Steps > 0 && c.Epochs > 0 {
		return train.Config{}, nil, fmt.Errorf("%w: --steps %d --epochs %d: give one of them, at least 1", errUsage, c.Steps, c.Epochs)
	}
	cfg := train.Config{Task: c.Task, Length: c.Length, TrainSize: c.TrainSize, TestSize: c.TestSize, Seed: c.Seed,
		Optimizer: c.optimizer(), Steps: c.Steps, Epochs: c.Epochs, EvalEvery: c.EvalEvery, SaveEvery: c.SaveEvery}
	if c.Resume {
		old, err := c.resumed(cfg, given)
		if err != nil {
			return cfg, nil, err
		}
		cfg = old
	}
	task, err := cfg.OpenTask(c.Data)
	if err != nil {
		return cfg, nil, err
	}
	spec := task.Spec()
	if !c.Resume {
		cfg.Model = c.config(spec)
	}
	if cfg.Steps == 0 && cfg.Epochs == 0 {
		cfg.Steps, cfg.Epochs = defaultLength(spec)
	}
	if err := cfg.Check(); err != nil {
		task.Close()
		return cfg, nil, err
	}
	return cfg, task, nil
}

// defaultLength is how long a task is trained where neither --steps nor --epochs says.
func defaultLength(s data.Spec) (steps int64, epochs int) {
	if s.TrainSize == data.Endless {
		return 3000, 0
	}
	return 0, 10
}
