// Command spectral-gpu trains and runs Spectral-RNNs on any GPU with a Vulkan driver, or on the processor.
// `spectral-gpu --help` lists its commands, `spectral-gpu COMMAND --help` their flags.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"syscall"
	"time"

	"github.com/alecthomas/kong"

	_ "github.com/spectral-gpu/spectral-gpu/gpu/all"
	"github.com/spectral-gpu/spectral-gpu/model/train"
)

// cli is the command line: one field a command, each in a file of its name.
type cli struct {
	Train     trainCmd     `cmd:"" help:"Train a network on a task."`
	Watch     watchCmd     `cmd:"" help:"Show a run while it trains, or afterwards: in a window, or in the terminal."`
	Eval      evalCmd      `cmd:"" help:"Measure a trained network on a split of its task."`
	Predict   predictCmd   `cmd:"" help:"Say what a trained network predicts for new data."`
	Generate  generateCmd  `cmd:"" help:"Draw a text from a network that was trained to predict the next token."`
	Export    exportCmd    `cmd:"" help:"Write a trained network for PyTorch, NumPy or onnxruntime."`
	Import    importCmd    `cmd:"" help:"Make a spectral network of a dense one, and tell how far its weights were moved."`
	Report    reportCmd    `cmd:"" help:"Write what a run has shown, or several beside each other, as one HTML file."`
	Sweep     sweepCmd     `cmd:"" help:"Train a run for every combination of values of some settings, and compare them."`
	Reproduce reproduceCmd `cmd:"" help:"Run an experiment: train its variants, and say which of its claims hold."`
	Inspect   inspectCmd   `cmd:"" help:"Show the spectra of a trained network, and the terms of its generalisation bound."`
	Verify    verifyCmd    `cmd:"" help:"Prove on this machine that every operation computes what the float64 oracle computes."`
	Devices   devicesCmd   `cmd:"" help:"List the devices, which would be chosen, and why."`
	Bench     benchCmd     `cmd:"" help:"Measure this machine: training step, matrix product, Householder algebra."`
	Profile   profileCmd   `cmd:"" help:"Show where the time of a training step goes, operation by operation."`
	Tune      tuneCmd      `cmd:"" help:"Measure every tile of the kernels for a network on this device, and keep the fastest."`
	Data      dataCmd      `cmd:"" help:"List, fetch and check data sets."`

	CardReport cardReportCmd `cmd:"" help:"Measure everything about a graphics card, and write one file to send to this project."`

	Completion completionCmd `cmd:"" help:"Print what completes command lines in bash, zsh or fish."`
	Man        manCmd        `cmd:"" help:"Print the manual page, for 'man -l -' or a folder of manual pages."`
	Version    versionCmd    `cmd:"" help:"Print the version, and which executors this build has."`
}

// started is when the program began, but for the little that Go and its packages do before.
var started = time.Now()

func main() { os.Exit(onMainThread(program)) }

// program runs the command line of this process and returns the exit code.
func program() int {
	ctx, stop := watchSignals(context.Background(), os.Exit)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// describeProgram is what --help says above the commands.
func describeProgram() string {
	return "Spectral recurrent networks, W = U diag(σ) Vᵀ, on Vulkan compute shaders and on the processor.\n\n" + exitHelp
}

// run carries out a command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	exit := -1
	parser, err := newParser(&c, stdout, stderr, func(code int) { exit = code })
	if err != nil {
		fmt.Fprintln(stderr, "spectral-gpu:", err)
		return exitBug
	}
	if completing() {
		if err := completeLine(parser); err != nil {
			fmt.Fprintln(stderr, "spectral-gpu:", err)
			return exitBug
		}
		return 0
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	args, err = joinNegative(args)
	var k *kong.Context
	if err == nil {
		k, err = parser.Parse(args)
	}
	if exit >= 0 { // --help
		return exit
	}
	if errors.Is(err, syscall.EPIPE) { // whoever read the help has read enough
		return exitInterrupted
	}
	if err != nil {
		fmt.Fprintf(stderr, "spectral-gpu: %v (see spectral-gpu --help)\n", err)
		return exitUsage
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	k.BindTo(ctx, (*context.Context)(nil))
	out, log := &guarded{w: stdout, failed: cancel}, &guarded{w: stderr, failed: cancel}
	err = k.Run(&env{stdout: out, stderr: log})
	told := errors.Is(err, errReported)
	if lost := errors.Join(out.err, log.err); lost != nil && (err == nil || errors.Is(err, train.ErrInterrupted) || errors.Is(err, context.Canceled)) {
		err, told = errors.Join(err, lost), false
	}
	if err == nil {
		return 0
	}
	switch {
	case told || errors.Is(err, syscall.EPIPE): // nobody misses what a reader did not want
	case err.Error() == context.Canceled.Error():
		fmt.Fprintln(log, "spectral-gpu: interrupted")
	default:
		fmt.Fprintf(log, "spectral-gpu: %v\n", err)
	}
	return exitCode(err)
}

// env is what a command writes to: results to stdout, progress and logs to stderr.
type env struct{ stdout, stderr *guarded }
