//go:build cgo

package vulkan

import (
	"fmt"

	"github.com/spectral-gpu/spectral-gpu/gpu"
	"github.com/spectral-gpu/spectral-gpu/gpu/vulkan/platform"
)

const backendName = "vulkan"

func init() { gpu.Register(backend{}) }

// backend implements gpu.Backend.
type backend struct{}

// Name implements gpu.Backend.
func (backend) Name() string { return backendName }

// Devices implements gpu.Backend.
func (backend) Devices() ([]gpu.Info, []string, error) {
	inst, report, err := platform.Open(false)
	if err != nil {
		return nil, report, err
	}
	list, more, err := devices(inst)
	report = append(report, more...)
	if err != nil {
		return nil, report, err
	}
	infos := make([]gpu.Info, len(list))
	for i, p := range list {
		infos[i] = p.info
	}
	if len(infos) == 0 {
		report = append(report, "the drivers found no device")
	}
	return infos, report, nil
}

// Open implements gpu.Backend.
func (backend) Open(index int, opts gpu.Options) (gpu.Executor, error) {
	d, err := open(index, opts)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// open opens a device, with every step undone if a later one fails.
func open(index int, opts gpu.Options) (*device, error) {
	inst, _, err := platform.Open(opts.Validate)
	if err != nil {
		return nil, err
	}
	list, _, err := devices(inst)
	if err == nil && (index < 0 || index >= len(list)) {
		err = &gpu.Error{Op: fmt.Sprintf("open Vulkan device %d", index), Kind: gpu.ErrNoDevice, Msg: fmt.Sprintf("there are %d", len(list))}
	}
	if err != nil {
		return nil, err
	}
	return openDevice(list[index], opts, hooks{})
}
