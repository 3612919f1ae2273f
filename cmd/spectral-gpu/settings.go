package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/spectral-gpu/spectral-gpu/data"
	"github.com/spectral-gpu/spectral-gpu/model"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// The flags below are settings of a run. One that is not given has the task's default (train.Default), whatever stands in its field.

// readFlags say what is read of the data.
type readFlags struct {
	Length    int      `help:"Time steps of a sequence (copy: the lag; texts and series: of a batch, over which gradients flow)." placeholder:"T"`
	TrainSize int      `help:"Use this many training samples." placeholder:"N"`
	ValidSize int      `help:"Take this many samples for validation where the data has no such split." placeholder:"N"`
	TestSize  int      `help:"Use this many test samples." placeholder:"N"`
	Shares    string   `help:"How a file is divided: training, validation and test, such as 0.8,0.1,0.1." placeholder:"A,B,C"`
	Unit      string   `predictor:"unit" help:"What a token of a text is: character, byte or word." placeholder:"UNIT"`
	Label     string   `help:"Column of a table that holds the class: last, first, a name or a number." placeholder:"COLUMN"`
	Targets   []string `help:"Columns of numbers to predict, by name or number." placeholder:"COLUMN"`
	Columns   []string `help:"Columns to read as input, by name or number." placeholder:"COLUMN"`
	Channels  int      `help:"Quantities that the columns of a row show in turn." placeholder:"N"`
	Horizon   int      `help:"Rows of a series to predict from a window." placeholder:"N"`
	Header    string   `predictor:"header" help:"Whether a table begins with names: yes or no; else it is found out." placeholder:"YES|NO"`
	Normalise string   `predictor:"normalise" help:"How values of a table are scaled: none, train, sequence." placeholder:"HOW"`
	Missing   string   `predictor:"missing" help:"What becomes of missing values and short sequences; else they are refused." placeholder:"HOW"`
}

// networkFlags say what the network is.
type networkFlags struct {
	Cell            string  `predictor:"cell" help:"The network: ${cells}." placeholder:"CELL"`
	Where           string  `predictor:"where" help:"What the read-out sees of a sequence that has one answer: ${last}, its last state, or ${mean}, the mean of all." placeholder:"WHERE"`
	Hidden          int     `help:"Hidden units n." placeholder:"N"`
	Layers          int     `help:"Stacked recurrences, or layers of a dense network; a residual one has a map and then blocks of two layers, so that of an even number one is left out." placeholder:"N"`
	Reflectors      int     `help:"Householder reflectors a side, m ≤ n." placeholder:"M"`
	R               float64 `help:"Radius r of the band of singular values." placeholder:"R"`
	Sigma           float64 `help:"Centre σ* of the band." placeholder:"S"`
	Form            string  `predictor:"form" help:"How W takes part: matrix, low-rank (diagonal plus low rank, for m well below n), applied (dense networks), or auto, the fastest." placeholder:"FORM"`
	Init            string  `predictor:"init" help:"Initial spectral weights: ${inits}; the last three are rotations." placeholder:"INIT"`
	InputInit       string  `predictor:"inputinit" help:"Initial input maps: ${inputinits}." placeholder:"INIT"`
	Activation      string  `predictor:"activation" help:"${activations}." placeholder:"PHI"`
	Embedding       int     `help:"Width of the tokens' rows; 0: they come in directly, n wide." placeholder:"N"`
	Tied            bool    `help:"The read-out has the rows of the tokens." negatable:""`
	NoBias          bool    `help:"No additive bias in the recurrences." negatable:"bias"`
	Initial         string  `predictor:"initial" help:"First state: zero, learned, or noise that training draws anew in every step." placeholder:"STATE"`
	InitialNoise    float64 `help:"Standard deviation of a first state that is noise." placeholder:"SD"`
	Gain            float64 `help:"Gain of the initial read-out." placeholder:"G"`
	Dropout         float64 `help:"Share of each layer's inputs, the read-out's included, that are dropped in training." placeholder:"RATE"`
	DropoutOverTime bool    `help:"Drop the same units of a sequence at all time steps." negatable:""`
	DropoutState    float64 `help:"Share of the units whose states W does not see in training, the same at all time steps." placeholder:"RATE"`
	Batch           int     `help:"Sequences a step." placeholder:"B"`
	Seed            uint64  `help:"Seed of everything random." placeholder:"N"`
}

// optimizerFlags say how it is trained.
type optimizerFlags struct {
	Optimizer    string  `predictor:"optimizer" help:"adam, rmsprop or sgd." placeholder:"RULE"`
	LR           float64 `name:"lr" help:"Learning rate." placeholder:"RATE"`
	LRReflectors float64 `name:"lr-reflectors" help:"Learning rate of the reflectors; 0 is --lr." placeholder:"RATE"`
	LRSigma      float64 `name:"lr-sigma" help:"Learning rate of the singular values; 0 is --lr." placeholder:"RATE"`
	Schedule     string  `predictor:"schedule" help:"Of the learning rate: ${schedules}." placeholder:"NAME"`
	LRDecay      float64 `name:"lr-decay" help:"Factor on the learning rate: after every epoch (${endless} steps where a task has no epochs), at every milestone (steps), or when validation stops improving (plateau)." placeholder:"FACTOR"`
	Milestones   string  `help:"Epochs at which the schedule steps lowers the rate, such as 50,62." placeholder:"E,E"`
	Plateau      int     `help:"Evaluations without a better one before the schedule plateau lowers the rate." placeholder:"N"`
	Warmup       int64   `help:"Steps over which the learning rate rises from 0; at most a tenth of the run." placeholder:"N"`
	Momentum     float64 `help:"Momentum of sgd." placeholder:"MU"`
	Beta1        float64 `name:"beta1" help:"Decay of adam's first moment." placeholder:"BETA"`
	Beta2        float64 `name:"beta2" help:"Decay of the second moment of adam and rmsprop." placeholder:"BETA"`
	Eps          float64 `help:"Added to the root of the second moment." placeholder:"EPS"`
	Decay        float64 `help:"Decoupled weight decay of the input and output maps." placeholder:"LAMBDA"`
	Clip         float64 `help:"Largest gradient norm; 0 does not clip." placeholder:"NORM"`
}

// given is the flags of a command line, by name.
type given map[string]reflect.Value

func givenFlags(k *kong.Context) given {
	g := given{}
	for _, p := range k.Path {
		if p.Flag != nil && !p.Resolved {
			g[p.Flag.Name] = p.Flag.Target
		}
	}
	return g
}

// apply writes the flags that were given into the settings; its error is model.ErrConfig.
func (g given) apply(c *train.Config) error {
	for name := range c.Settings() {
		if value, ok := g[name]; ok {
			if err := c.Set(name, value.Interface()); err != nil {
				return err
			}
		}
	}
	return nil
}

// defaults returns the settings of a run of a task; asked has what the flags say and nothing else. Nothing is checked yet.
func (g given) defaults(task string, spec data.Spec, asked train.Config) (train.Config, error) {
	c := train.Default(task, spec, asked)
	err := g.apply(&c)
	c.Model.Seed = c.Seed
	return c, err
}

// unused refuses flags that have no effect on the run that the settings describe.
func (g given) unused(c train.Config) error {
	names := map[string][]string{} // by why
	for name, why := range c.Unused() {
		if _, ok := g[name]; ok {
			names[why] = append(names[why], "--"+name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	var wrong []string
	for why, flags := range names {
		slices.Sort(flags)
		wrong = append(wrong, strings.Join(flags, ", ")+": "+why)
	}
	slices.Sort(wrong)
	return fmt.Errorf("%w: without effect here are %s", errUsage, strings.Join(wrong, "; "))
}

// contradictions lists the flags that say something else than the settings of a run.
func (g given) contradictions(run train.Config) (wrong []string, err error) {
	asked := run
	if err := g.apply(&asked); err != nil {
		return nil, err
	}
	was, is := run.Settings(), asked.Settings()
	for _, name := range slices.Sorted(maps.Keys(g)) {
		if freeFlags[name] || was[name] == nil {
			continue
		}
		a, b := reflect.ValueOf(was[name]).Elem().Interface(), reflect.ValueOf(is[name]).Elem().Interface()
		if !reflect.DeepEqual(a, b) {
			wrong = append(wrong, fmt.Sprintf("--%s %s (the run has %s)", name, asWord(b), asWord(a)))
		}
	}
	return wrong, nil
}

// vars are what help texts list.
func vars() kong.Vars {
	return kong.Vars{
		"cells": strings.Join(model.Cells(), ", "), "tasks": strings.Join(data.TaskNames(), ", "), "sets": strings.Join(data.SetNames(), ", "),
		"places": strings.Join(data.Places(), ", "), "last": data.LastStep.String(), "mean": data.MeanOverSteps.String(), "losses": strings.Join(data.Losses(), ", "),
		"inits": strings.Join(model.Inits(), ", "), "inputinits": strings.Join(model.InputInits(), ", "),
		"activations": strings.Join(model.Activations(), ", "), "schedules": strings.Join(model.Schedules(), ", "), "endless": fmt.Sprint(train.EndlessEpoch),
	}
}

// scheduleFlags say how long a run trains and when it measures and saves.
type scheduleFlags struct {
	Steps      int64 `help:"Stop after this many steps." placeholder:"N"`
	Epochs     int   `help:"Stop after this many passes over the training data." placeholder:"N"`
	Patience   int   `help:"Stop when this many evaluations on the validation split in a row were no better." placeholder:"N"`
	EvalEvery  int64 `help:"Steps between evaluations; 0 evaluates after every epoch." placeholder:"N"`
	SaveEvery  int64 `help:"Steps between checkpoints; 0 saves at every evaluation." placeholder:"N"`
	TestAlways bool  `help:"Measure the test split at every evaluation, too, for comparisons with figures that were chosen on it. Nothing is decided by it." negatable:""`
}
