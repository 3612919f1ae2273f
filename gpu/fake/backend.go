package fake

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
)

var info = gpu.Info{
	Executor: "fake", Name: "fake device", Kind: gpu.Fake, Driver: "none", API: "none", UUID: "fake", Unified: true,
	Subgroup: 32, Shared: 32 << 10, Invocation: 1024, Note: "computes nothing",
}

type backend struct{}

func init() { gpu.Register(backend{}) }

// Name implements gpu.Backend.
func (backend) Name() string { return "fake" }

// Devices implements gpu.Backend.
func (backend) Devices() ([]gpu.Info, []string, error) {
	return []gpu.Info{info}, []string{"one device that checks everything and computes nothing"}, nil
}

// Open implements gpu.Backend.
func (backend) Open(index int, _ gpu.Options) (gpu.Executor, error) {
	if index != 0 {
		return nil, &gpu.Error{Op: "fake open", Kind: gpu.ErrNoDevice, Msg: fmt.Sprintf("index %d of 1", index)}
	}
	return New(), nil
}
