package main

import (
	"fmt"
	"runtime"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/model/ranks"
)

// deviceFlags choose a device; commands that compute embed them.
type deviceFlags struct {
	Device   string `predictor:"device" default:"auto" placeholder:"DEVICE" help:"auto, cpu, vulkan, an index or a part of a name of 'spectral-gpu devices'."`
	Validate bool   `help:"Run under the Vulkan validation layer with synchronisation validation."`
	Threads  int    `default:"0" help:"Threads of the CPU executor; 0 uses all."`
}

// tuneFlags say whether a command measures tiles first; commands that run long enough to gain by it embed them.
type tuneFlags struct {
	Tune string `help:"auto: tiles of kernels are those measured on this device, which takes a few seconds the first time; off: by estimate." enum:"auto,off" default:"auto"`
}

func (f tuneFlags) tuning() gpu.Tuning {
	if f.Tune == "off" {
		return gpu.TuningOff
	}
	return gpu.TuningAuto
}

// open opens the chosen device; warnings and messages of the validation layer go to standard error.
func (f deviceFlags) open(e *env, tuning gpu.Tuning) (*gpu.Device, error) {
	choice, err := gpu.List().Choose(f.Device)
	if err != nil {
		return nil, err
	}
	return f.openChoice(e, tuning, choice)
}

// openFor opens the device of a rank: of several cards of a machine each rank has its own, and of the processor its share of the cores.
func (f deviceFlags) openFor(e *env, tuning gpu.Tuning, place ranks.Place) (*gpu.Device, error) {
	choice, same, err := gpu.List().ChooseFor(f.Device, place.Rank)
	if err != nil {
		return nil, err
	}
	warn := func(format string, args ...any) {
		if place.Rank == 0 {
			fmt.Fprintf(e.stderr, "spectral-gpu: warning: "+format+"\n", args...)
		}
	}
	switch {
	case choice.Info.Executor != "cpu" && place.Size > same:
		warn("%d ranks of this machine share %d device(s) %s", place.Size, same, choice.Info.Name)
	case choice.Info.Executor == "cpu" && f.Threads == 0:
		f.Threads = min(place.Cores, runtime.GOMAXPROCS(0))
		if place.Usable < place.Machine {
			warn("the ranks of this machine may run on %d of its %d cores; --bind-to none lets mpirun give them all", place.Usable, place.Machine)
		}
	}
	return f.openChoice(e, tuning, choice)
}

func (f deviceFlags) openChoice(e *env, tuning gpu.Tuning, choice gpu.Choice) (*gpu.Device, error) {
	switch executor := choice.Info.Executor; {
	case f.Threads < 0 || f.Threads > 0 && executor != "cpu":
		return nil, fmt.Errorf("%w: --threads %d; it is a number of threads of the CPU executor, and the device is %s", errUsage, f.Threads, choice.Info.Name)
	case f.Validate && executor != "vulkan":
		return nil, fmt.Errorf("%w: --validate asks for Vulkan's validation layer, and the device is %s", errUsage, choice.Info.Name)
	}
	return choice.Open(gpu.Options{Validate: f.Validate, Threads: f.Threads, Tuning: tuning, OnMessage: func(m gpu.Message) {
		id := ""
		if m.ID != "" {
			id = " " + m.ID
		}
		fmt.Fprintf(e.stderr, "spectral-gpu: %s%s: %s\n", m.Severity, id, m.Text)
	}})
}

// closeDevice closes dev and keeps the first error.
func closeDevice(dev *gpu.Device, err *error) {
	if cerr := dev.Close(); cerr != nil && *err == nil {
		*err = cerr
	}
}
