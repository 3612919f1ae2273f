package cpu

import (
	"fmt"
	"os"
	"runtime"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/internal/memlimit"
)

func init() { gpu.Register(backend{}) }

// backend is the one CPU device.
type backend struct{}

// Name implements gpu.Backend.
func (backend) Name() string { return "cpu" }

// Devices implements gpu.Backend: there is always exactly one.
func (backend) Devices() ([]gpu.Info, []string, error) {
	k, err := chooseKernels(os.Getenv("SPECTRAL_CPU"))
	if err != nil {
		return nil, nil, err
	}
	info := describe(k, runtime.GOMAXPROCS(0))
	return []gpu.Info{info}, []string{info.Name + ", always available"}, nil
}

// Open implements gpu.Backend.
func (backend) Open(index int, opts gpu.Options) (gpu.Executor, error) {
	if index != 0 {
		return nil, &gpu.Error{Op: "open cpu", Kind: gpu.ErrNoDevice, Msg: fmt.Sprintf("index %d; there is one CPU device, 0", index)}
	}
	if opts.Threads < 0 {
		return nil, &gpu.Error{Op: "open cpu", Kind: gpu.ErrShape, Msg: fmt.Sprintf("%d threads; 0 means all", opts.Threads)}
	}
	k, err := chooseKernels(os.Getenv("SPECTRAL_CPU"))
	if err != nil {
		return nil, err
	}
	threads := opts.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return newExecutor(k, threads), nil
}

func describe(k *kernels, threads int) gpu.Info {
	model := processorModel()
	plural := "s"
	if threads == 1 {
		plural = ""
	}
	return gpu.Info{
		Executor: "cpu",
		Name:     fmt.Sprintf("CPU (%s, %d thread%s, %s)", model, threads, plural, k.name),
		Kind:     gpu.CPU,
		Driver:   runtime.Version(),
		API:      "Go " + runtime.GOARCH,
		UUID:     "cpu/" + model + "/" + k.name,
		Memory:   memlimit.Total(),
		Unified:  true,
	}
}
